package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// gateway answers streams by a script: each connection gets its part of it, and breaks at its end.
func gateway(t *testing.T, parts ...func(r *http.Request) (status int, body string)) (c *Client, calls *atomic.Int64) {
	t.Helper()
	calls = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(calls.Add(1)) - 1
		if n >= len(parts) {
			t.Errorf("call %d: %s %s", n, r.Method, r.URL)
			return
		}
		status, body := parts[n](r)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return New(server.URL, WithToken("t")), calls
}

func widget(id, name string) string {
	return "event: widget\nid: " + id + "\ndata: {\"eventName\":\"P__" + name + "\",\ndata: \"eventData\":{\"n\":1}}\n\n"
}

const end = "event: complete\nid: e.9-0\ndata: {\"eventName\":\"P__Complete\",\"eventData\":{\"status\":\"complete\"}}\n\n"

// TestEventsGoOn: a stream that breaks is opened again where it was left, what comes twice is handed on once, and a reset begins anew.
func TestEventsGoOn(t *testing.T) {
	t.Parallel()
	after := func(want, body string) func(*http.Request) (int, string) {
		return func(r *http.Request) (int, string) {
			if got := r.Header.Get("Last-Event-ID"); got != want || r.Header.Get("Authorization") != "Bearer t" {
				t.Errorf("Last-Event-ID is %q, want %q", got, want)
			}
			return 200, body
		}
	}
	c, _ := gateway(t,
		after("", ": a comment\n\nevent: hello\nid: e.1-0\ndata: {}\n\n"+widget("e.2-0", "a")+"event: widget\nid: e.3-0\ndata: {\"cut"),
		func(*http.Request) (int, string) { return 503, "" },
		after("e.2-0", strings.ReplaceAll("event: hello\nid: e.2-0\ndata: {}\n\n"+widget("e.2-0", "a")+widget("e.3-0", "b"), "\n", "\r\n")),
		after("e.3-0", "event: reset\nid: f.1-0\ndata: {\"reason\":\"epoch\"}\n\n"+widget("f.1-1", "c")),
		after("f.1-1", end+widget("e.10-0", "never")),
	)
	var got []string
	var board Board
	for e, err := range c.Events(t.Context(), "id") {
		if err != nil {
			t.Fatal(err)
		}
		board.Apply(e)
		text := string(e.Type) + " " + e.ID + " " + e.Reason
		if e.Message != nil {
			text += e.Message.Widget()
		}
		got = append(got, text)
	}
	if want := "widget e.2-0 a|widget e.3-0 b|reset f.1-0 epoch|widget f.1-1 c|complete e.9-0 Complete"; strings.Join(got, "|") != want {
		t.Errorf("%v", got)
	}
	if len(board.Widgets) != 1 || board.Widgets["c"] == nil || board.Complete == nil {
		t.Errorf("%+v", board)
	}
}

// TestEventsEnd: what does not pass ends a stream with its reason; so do the end of the context and of the loop.
func TestEventsEnd(t *testing.T) {
	t.Parallel()
	c, _ := gateway(t,
		func(*http.Request) (int, string) { return 404, `{"status":404,"code":"unknown_request","detail":"no"}` },
		func(*http.Request) (int, string) {
			return 200, "event: error\ndata: {\"status\":401,\"code\":\"token_expired\",\"detail\":\"no\"}\n\n"
		},
		func(*http.Request) (int, string) { return 200, widget("e.1-0", "a") + widget("e.2-0", "b") },
	)
	for _, code := range []string{"unknown_request", "token_expired"} {
		for _, err := range c.Events(t.Context(), "id") {
			if p, ok := errors.AsType[*ProblemError](err); !ok || p.Code != code {
				t.Errorf("%v, want %s", err, code)
			}
		}
	}
	for e, err := range c.Events(t.Context(), "id") {
		if err != nil || e.ID != "e.1-0" {
			t.Errorf("%+v, %v: the loop was left", e, err)
		}
		break
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Stream(ended, "k", "") {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestLiveDashboardsGoOn(t *testing.T) {
	t.Parallel()
	round := `event: complete` + "\nid: e.%d-0\ndata: {\"eventName\":\"P__Complete\",\"eventData\":{\"live\":{\"round\":%d%s}}}\n\n"
	c, _ := gateway(t, func(*http.Request) (int, string) {
		return 200, fmt.Sprintf(round, 1, 0, `,"next_at":"2026-01-01T00:00:00Z"`) + fmt.Sprintf(round, 2, 1, `,"ended":"time_is_up"`)
	})
	n := 0
	for _, err := range c.Events(t.Context(), "id") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d rounds", n)
	}
}

// TestSubmit: a request with a key is sent again while the gateway is away, one without is not; what is wrong with it is said once.
func TestSubmit(t *testing.T) {
	t.Parallel()
	busy := func(*http.Request) (int, string) { return 503, `{"code":"broker_unavailable"}` }
	c, calls := gateway(t,
		busy, func(*http.Request) (int, string) { return 502, "<html>" },
		func(r *http.Request) (int, string) {
			var body Request
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.EventName != "insights" || r.Header.Get("Idempotency-Key") != "k" {
				t.Errorf("%v %+v", err, body)
			}
			return 202, `{"request_id":"i","routing_key":"web:1:r:i","status":"queued"}`
		},
		busy, func(*http.Request) (int, string) {
			return 400, `{"status":400,"code":"bad_type","detail":"d","errors":[{"pointer":"/eventData/x","detail":"d"}]}`
		},
	)
	request := Request{EventName: "insights", EventData: map[string]any{}, IdempotencyKey: "k"}
	if got, err := c.Submit(t.Context(), request); err != nil || got.RequestID != "i" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Submit(t.Context(), Request{EventName: "insights"}); err == nil || calls.Load() != 4 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	_, err := c.Submit(t.Context(), request)
	if p, ok := errors.AsType[*ProblemError](err); !ok || p.Code != "bad_type" || len(p.Fields) != 1 || p.Fields[0].Pointer != "/eventData/x" {
		t.Errorf("%v", err)
	}
}

func TestRetryAfterIsHeld(t *testing.T) {
	t.Parallel()
	p := &ProblemError{Status: 429, RetryAfter: 300 * time.Millisecond}
	begin := time.Now()
	if err := new(backoff).wait(t.Context(), p); err != nil || time.Since(begin) < p.RetryAfter {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after, id string
		seen      bool
	}{
		{"e.5-1", "e.5-1", true}, {"e.5-1", "e.5-0", true}, {"e.5-1", "e.4-9", true}, {"e.5-1", "e.5-2", false}, {"e.5-1", "e.10-0", false},
		{"e.5-1", "f.4-0", false}, {"", "e.1-0", false}, {"x", "y", false}, {"a.b.5-1", "a.b.5-0", true},
	} {
		if seen(c.after, c.id) != c.seen {
			t.Errorf("%q after %q", c.id, c.after)
		}
	}
}

func FuzzFrames(f *testing.F) {
	f.Add("event: widget\nid: e.1-0\ndata: {}\n\n")
	f.Add("data\r\rdata: x\r\n\r\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		in := newFrames(strings.NewReader(text))
		for range len(text) + 1 {
			if _, err := in.next(); err != nil {
				return
			}
		}
		t.Errorf("%q has more frames than bytes", text)
	})
}
