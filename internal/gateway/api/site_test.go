package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// site is an API with keys of its own on a real Redis.
type site struct {
	t      *testing.T
	rdb    *redis.Client
	prefix string
	url    string
}

// liveKey signs the live posts of tests.
var liveKey = []byte("0123456789abcdef0123456789abcdef")

// whoHeader names the caller of a test's request: the door of a real server reads a token in its place.
const whoHeader = "X-Test-Caller"

// callers are those that the tests know.
func callers() map[string]*caller.Caller {
	return map[string]*caller.Caller{
		"":        {},
		"one":     {Subject: "ada", Tenant: "1", RoutingKeys: []string{"u-1-*"}},
		"two":     {Subject: "bob", Tenant: "2"},
		"few":     {Subject: "eve", Tenant: "1", Pages: []string{"Echo*"}},
		"schemas": {Subject: "kim", Tenant: "1", Schema: "acme", Database: "acme_db"},
		"trusted": {Trusted: true},
	}
}

func newSite(t *testing.T, change ...func(*api.Options)) *site {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), DialTimeout: time.Minute, ReadTimeout: time.Minute})
	t.Cleanup(func() { _ = rdb.Close() })
	s := &site{t: t, rdb: rdb, prefix: fmt.Sprintf("api:%s:%d:", strings.ReplaceAll(t.Name(), "/", "-"), time.Now().UnixNano())}
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	o := api.Options{
		Redis: rdb, Backend: rdb, Input: s.input(), Group: "g", OutputPrefix: s.prefix + "out:", Events: models.NewEvents(), Catalog: func() *catalog.Catalog { return cat },
		Serves: func(_, page, _ string) bool { return page == "EchoPage" }, Lost: time.Hour, Known: time.Hour, LiveKeys: [][]byte{[]byte("another key, of which nobody knows"), liveKey}, LiveOnce: time.Hour,
		Schemas: map[string][]byte{"result.json": []byte("{}"), "catalog.json": []byte("{}")},
		Follow: func(w http.ResponseWriter, _ *http.Request, routingKey, request string, _ func(context.Context, []*feed.Message)) {
			_, _ = io.WriteString(w, routingKey+" "+request)
		},
	}
	for _, f := range change {
		f(&o)
	}
	s.url = serve(t, api.New(o).Routes())
	return s
}

// serve mounts routes behind a door that believes what callers say of themselves.
func serve(t *testing.T, routes []gateway.Route) (url string) {
	t.Helper()
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			route.Handler.ServeHTTP(w, r.WithContext(caller.With(r.Context(), callers()[r.Header.Get(whoHeader)])))
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func (s *site) input() string { return s.prefix + "requests" }

// worker serves the site's requests with the built-in pages until the test ends.
func (s *site) worker() {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.rdb.Options().Addr)
	env := map[string]string{
		"APP_REDIS_HOST": host, "APP_REDIS_PORT": port, "APP_DISPATCHER_INPUT_STREAM": s.input(), "APP_DISPATCHER_CONSUMER_GROUP": "g", "APP_DISPATCHER_CONSUMER_NAME": "c1",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX": s.prefix + "out:", "APP_DISPATCHER_REJECTED_STREAM": s.prefix + "rejected",
	}
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	w, err := app.NewWorker(ctx, c, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := w.Run(ctx); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(func() {
		cancel()
		running.Wait()
		if err := w.Close(); err != nil {
			s.t.Error(err)
		}
	})
}

// computed waits until the worker has computed a widget: a list of values is not waited for as long as a start may take.
func (s *site) computed() {
	s.t.Helper()
	got := s.submit("one", `{"eventName":"insights","eventData":{"start_date":"2002-09-01","end_date":"2002-09-30"},"selected_widgets":["volume"]}`)
	s.becomes("one", got.RequestID, "complete")
}

// answer is what came of a call.
type answer struct {
	status int
	header http.Header
	body   string
}

// call asks as a caller; headers are names and values in turn.
func (s *site) call(who, method, path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set(whoHeader, who)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// read decodes an answer's body, and fails the test where it is not of the status.
func (a answer) read(t *testing.T, status int, into any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// refused says what code and first place a problem names.
func (a answer) refused() (code, pointer string) {
	var p struct {
		Code   string `json:"code"`
		Errors []struct {
			Pointer string `json:"pointer"`
		} `json:"errors"`
	}
	if a.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(a.body), &p) != nil {
		return "no problem: " + a.body, ""
	}
	if len(p.Errors) > 0 {
		pointer = p.Errors[0].Pointer
	}
	return p.Code, pointer
}

// submit asks as a caller and returns what was taken.
func (s *site) submit(who, body string, headers ...string) (got api.Submitted) {
	s.t.Helper()
	s.call(who, http.MethodPost, "/v1/requests", body, headers...).read(s.t, http.StatusAccepted, &got)
	return got
}

// state is a request's.
func (s *site) state(who, id string) (got state) {
	s.t.Helper()
	s.call(who, http.MethodGet, "/v1/requests/"+id, "").read(s.t, http.StatusOK, &got)
	return got
}

type state struct {
	Status     string `json:"status"`
	RoutingKey string `json:"routing_key"`
	Page       string `json:"page"`
	Widgets    map[string]struct {
		Status string `json:"status"`
		ID     string `json:"id"`
	} `json:"widgets"`
	Complete map[string]any `json:"complete"`
}

// becomes waits until a request has a state.
func (s *site) becomes(who, id, want string) (got state) {
	s.t.Helper()
	testenv.Eventually(s.t, time.Minute, id+" is "+want, func() (bool, string) {
		got = s.state(who, id)
		return got.Status == want, fmt.Sprintf("%+v", got)
	})
	return got
}

// entries are the payloads on the input stream.
func (s *site) entries() (out []string) {
	s.t.Helper()
	for _, e := range s.rdb.XRange(s.t.Context(), s.input(), "-", "+").Val() {
		out = append(out, fmt.Sprint(e.Values["payload"]))
	}
	return out
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	testenv.Eventually(t, time.Minute, what, func() (bool, string) { return ok(), "not yet" })
}
