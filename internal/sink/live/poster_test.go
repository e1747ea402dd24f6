package live

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		status int
		after  string
		ok     bool
		class  fault.Class
		pause  time.Duration
	}{
		"200":              {status: 200, ok: true},
		"204":              {status: 204, ok: true},
		"302 not followed": {status: 302, class: fault.Permanent},
		"400":              {status: 400, class: fault.Permanent},
		"410":              {status: 410, class: fault.Permanent},
		"429 with seconds": {status: 429, after: "7", class: fault.Throttled, pause: 7 * time.Second},
		"429 with a date":  {status: 429, after: now.Add(time.Minute).Format(http.TimeFormat), class: fault.Throttled, pause: time.Minute},
		"503 for too long": {status: 503, after: "999999", class: fault.Transient, pause: longestRetryAfter},
		"500":              {status: 500, class: fault.Transient},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			var body []byte
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				w.Header().Set("Location", "/elsewhere")
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
			}))
			defer service.Close()
			p := NewPoster(Options{Service: &Post{URL: service.URL + "/dispatcher/event"}, Client: NewClient(time.Minute), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
			e := &consumer.Entry{ID: "1-1", Fields: []string{"payload", `{"a":1}`, "webhook_id", "r:P__W"}}
			out := p.Handle(t.Context(), e, nil)
			if got.URL.Path != "/dispatcher/event" || string(body) != `{"a":1}` || got.Header.Get("Webhook-Id") != "r:P__W" {
				t.Errorf("posted %s %s %v", got.URL, body, got.Header)
			}
			if c.ok {
				if out.Err != nil {
					t.Errorf("got %v", out.Err)
				}
				return
			}
			if out.Err == nil || fault.ClassOf(out.Err) != c.class || out.After != c.pause {
				t.Errorf("got %v after %v, want %v after %v", out.Err, out.After, c.class, c.pause)
			}
		})
	}
}

func TestUnreachableServiceMayPass(t *testing.T) {
	t.Parallel()
	p := NewPoster(Options{Service: &Post{URL: "http://127.0.0.1:1"}, Client: NewClient(time.Minute), Now: time.Now, Log: slog.New(slog.DiscardHandler), DeadLetters: deadletter.Sink{Stream: "dead"}})
	e := &consumer.Entry{ID: "1-1", Fields: []string{"payload", `{}`}}
	out := p.Handle(t.Context(), e, nil)
	if fault.ClassOf(out.Err) != fault.Transient {
		t.Errorf("got %v", out.Err)
	}
	if dead := p.GiveUp(t.Context(), e, nil, out.Err); len(dead.Outputs) == 0 || dead.Err != nil {
		t.Errorf("giving up: %+v", dead)
	}
}
