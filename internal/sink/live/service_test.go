package live

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// give has a poster give an event to a service once.
func give(t *testing.T, s Service, key, id string) consumer.Outcome {
	t.Helper()
	p := NewPoster(Options{Service: s, Client: NewClient(time.Minute), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	return p.Handle(t.Context(), &consumer.Entry{ID: "1-1", Fields: []string{"payload", `{"eventName":"P__W","eventData":"<&ä>"}`, "webhook_id", id, "routing_key", key}}, nil)
}

// hub is a server of a test that answers by what it is asked.
func hub(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

const apiKey = "the-key-of-the-api-0123456789-0123456789"

func fixed(text string) func() string { return func() string { return text } }

// centrifugo answers as Centrifugo's documentation has it, and holds each request to it.
func centrifugo(t *testing.T) (url string, published func() map[string]string) {
	t.Helper()
	var mu sync.Mutex
	channels := map[string]string{} // channel and idempotency key → data
	refuse := func(w http.ResponseWriter, code int, message string) {
		_, _ = fmt.Fprintf(w, `{"error":{"code":%d,"message":%q}}`, code, message)
	}
	base := hub(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/api/publish" || r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.Header.Get("X-Api-Key") != apiKey || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		var body struct {
			Channel        string          `json:"channel"`
			Data           json.RawMessage `json:"data"`
			IdempotencyKey string          `json:"idempotency_key"`
		}
		dec := json.NewDecoder(r.Body)
		dec.DisallowUnknownFields()
		if err := dec.Decode(&body); err != nil || body.Channel == "" || len(body.Data) == 0 || r.Header.Get("Content-Type") != "application/json" {
			refuse(w, 107, "bad request")
			return
		}
		if namespace, _, found := strings.Cut(body.Channel, ":"); found && namespace != "live" {
			refuse(w, 102, "namespace not found")
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if _, before := channels[body.Channel+" "+body.IdempotencyKey]; !before {
			channels[body.Channel+" "+body.IdempotencyKey] = string(body.Data)
		}
		_, _ = io.WriteString(w, `{"result":{"offset":1,"epoch":"e"}}`)
	})
	return base + "/api/publish", func() map[string]string { mu.Lock(); defer mu.Unlock(); return channels }
}

func TestCentrifugoPublishes(t *testing.T) {
	t.Parallel()
	url, published := centrifugo(t)
	c := &Centrifugo{URL: url, Key: fixed(apiKey), Prefix: "live:"}
	for range 2 { // the second one is dropped there, by its key
		if out := give(t, c, "u1", "r:P__W"); out.Err != nil {
			t.Error(out.Err)
		}
	}
	if out := give(t, c, "مرحبا/1", "r\n\"x\":P__W"); out.Err != nil {
		t.Error(out.Err)
	}
	payload := `{"eventName":"P__W","eventData":"<&ä>"}`
	want := map[string]string{"live:u1 r:P__W": payload, "live:" + "%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%2F1" + " r%0A%22x%22:P__W": payload}
	if d := cmp.Diff(want, published()); d != "" {
		t.Error(d)
	}
	for name, bad := range map[string]*Centrifugo{
		"another key": {URL: url, Key: fixed("x"), Prefix: "live:"}, "a namespace that is not there": {URL: url, Key: fixed(apiKey), Prefix: "web:"}, "another path": {URL: url + "x", Key: fixed(apiKey)},
	} {
		if out := give(t, bad, "u1", "r"); fault.ClassOf(out.Err) != fault.Permanent {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
}

func TestCentrifugosAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		class  fault.Class // zero is taken
		taken  bool
	}{
		"taken":                  {200, `{"result":{}}`, 0, true},
		"internal":               {200, `{"error":{"code":100,"message":"internal server error"}}`, fault.Transient, false},
		"unknown channel":        {200, `{"error":{"code":102,"message":"unknown channel"}}`, fault.Permanent, false},
		"permission denied":      {200, `{"error":{"code":103,"message":"permission denied"}}`, fault.Permanent, false},
		"limit exceeded":         {200, `{"error":{"code":106,"message":"limit exceeded"}}`, fault.Permanent, false},
		"bad request":            {200, `{"error":{"code":107,"message":"bad request"}}`, fault.Permanent, false},
		"not available":          {200, `{"error":{"code":108,"message":"not available"}}`, fault.Permanent, false},
		"too many requests":      {200, `{"error":{"code":111,"message":"too many requests"}}`, fault.Throttled, false},
		"a code of later":        {200, `{"error":{"code":199,"message":"new"}}`, fault.Transient, false},
		"transport mode, 100":    {500, `{"code":100,"message":"internal server error"}`, fault.Transient, false},
		"transport mode, 107":    {400, `{"code":107,"message":"bad request"}`, fault.Permanent, false},
		"transport mode, 102":    {404, `{"code":102,"message":"unknown channel"}`, fault.Permanent, false},
		"no key":                 {401, ``, fault.Permanent, false},
		"a balancer's page":      {200, `<html>soon</html>`, fault.Transient, false},
		"nothing":                {200, ``, fault.Transient, false},
		"neither of both":        {200, `{}`, fault.Transient, false},
		"a gateway without one":  {502, `bad gateway`, fault.Transient, false},
		"asked to wait (429)":    {429, ``, fault.Throttled, false},
		"a redirect":             {307, ``, fault.Permanent, false},
		"a result and an error":  {200, `{"result":{},"error":{"code":100,"message":"x"}}`, fault.Transient, false},
		"a long answer, cut off": {200, `{"result":{"epoch":"` + strings.Repeat("a", longestAnswer) + `"}}`, fault.Transient, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := hub(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			out := give(t, &Centrifugo{URL: at, Key: fixed(apiKey)}, "u1", "r")
			if tc.taken != (out.Err == nil) || !tc.taken && fault.ClassOf(out.Err) != tc.class {
				t.Errorf("got %v", out.Err)
			}
			if waits := out.After == 7*time.Second; waits != (!tc.taken && tc.class != fault.Permanent) {
				t.Errorf("it is put off for %v", out.After)
			}
		})
	}
}

// mercure answers as the protocol has it, and holds each request to it.
func mercure(t *testing.T, updates chan<- url.Values) string {
	t.Helper()
	at := ""
	at = hub(t, func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
		if err != nil || parsed.Headers[0].ExtraHeaders["typ"] != "at+jwt" {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		var registered jwt.Claims
		var own struct {
			Mercure struct {
				Publish []string `json:"publish"`
			} `json:"mercure"`
			Details []struct {
				Type    string              `json:"type"`
				Actions []string            `json:"actions"`
				Topics  []map[string]string `json:"topics"`
			} `json:"authorization_details"`
		}
		err = parsed.Claims([]byte(apiKey), &registered, &own)
		if err != nil || registered.Expiry == nil || registered.Validate(jwt.Expected{AnyAudience: jwt.Audience{at + "/.well-known/mercure"}}) != nil {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		if len(own.Mercure.Publish) != 1 || own.Mercure.Publish[0] != "*" || len(own.Details) != 1 || own.Details[0].Type != "mercure" || own.Details[0].Actions[0] != "publish" || own.Details[0].Topics[0]["match"] != "*" {
			http.Error(w, "Forbidden", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodPost || r.URL.Path != "/.well-known/mercure" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		id := r.PostForm.Get("id")
		switch topics := r.PostForm["topic"]; {
		case len(topics) != 1 || topics[0] == "":
			http.Error(w, `Missing "topic" parameter`, http.StatusBadRequest)
		case strings.Contains(topics[0], "/.well-known/mercure"):
			http.Error(w, "Forbidden", http.StatusForbidden)
		case strings.HasPrefix(id, "#") || strings.ContainsAny(id+r.PostForm.Get("type"), "\n\r\x00"):
			http.Error(w, "Bad Request", http.StatusBadRequest)
		default:
			updates <- r.PostForm
			_, _ = io.WriteString(w, id)
		}
	})
	return at + "/.well-known/mercure"
}

func TestMercurePublishes(t *testing.T) {
	t.Parallel()
	updates := make(chan url.Values, 10)
	at := mercure(t, updates)
	payload := `{"eventName":"P__W","eventData":"<&ä>"}`
	for name, tc := range map[string]struct {
		hub     *Mercure
		key, id string
		want    url.Values
	}{
		"private": {&Mercure{URL: at, Key: fixed(apiKey), Prefix: "https://d.example/live/"}, "u1", "#r\n1:P__W", url.Values{
			"topic": {"https://d.example/live/u1"}, "data": {payload}, "id": {"urn:dispatcher:%23r%0A1:P__W"}, "private": {"on"},
		}},
		"public, with a type": {&Mercure{URL: at, Key: fixed(apiKey), Type: "widget", Public: true}, "مرحبا", "r", url.Values{
			"topic": {"%D9%85%D8%B1%D8%AD%D8%A8%D8%A7"}, "data": {payload}, "id": {"urn:dispatcher:r"}, "type": {"widget"},
		}},
	} {
		if out := give(t, tc.hub, tc.key, tc.id); out.Err != nil {
			t.Errorf("%s: %v", name, out.Err)
			continue
		}
		if d := cmp.Diff(tc.want, <-updates); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, bad := range map[string]*Mercure{
		"another key": {URL: at, Key: fixed(strings.Repeat("x", 32))}, "a topic of the hub's own": {URL: at, Key: fixed(apiKey), Prefix: "https://d.example/.well-known/mercure/"},
		"a type of two lines": {URL: at, Key: fixed(apiKey), Type: "a\nb"}, "another hub": {URL: at + "/x", Key: fixed(apiKey)}, "a key that is too short to sign with": {URL: at, Key: fixed("short")},
	} {
		if out := give(t, bad, "u1", "r"); fault.ClassOf(out.Err) != fault.Permanent {
			t.Errorf("%s: %v", name, out.Err)
		}
	}
	down := &Mercure{URL: hub(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }), Key: fixed(apiKey)}
	if out := give(t, down, "u1", "r"); fault.ClassOf(out.Err) != fault.Transient {
		t.Errorf("a hub that is down: %v", out.Err)
	}
}
