package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	client "github.com/go-dispatcher/dispatcher/clients/go"
)

// TestTheGoClient: a page is asked over HTTP and followed to its end, while the gateway is killed and started again; nothing is missed or doubled.
func TestTheGoClient(t *testing.T) {
	t.Parallel()
	port := openPort(t)
	s := newSite(t, "PORT="+port)
	s.start("consumer", "c1")
	first := s.start("server", "g1")
	c := client.New("http://127.0.0.1:" + port)
	taken, err := c.Submit(t.Context(), client.Request{
		EventName: "insights", EventData: map[string]any{"company_id": "1", "start_date": "2002-09-01", "end_date": "2002-09-30"}, IdempotencyKey: "once",
	})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Submit(t.Context(), client.Request{
		EventName: "insights", EventData: map[string]any{"company_id": "1", "start_date": "2002-09-01", "end_date": "2002-09-30"}, IdempotencyKey: "once",
	})
	if err != nil || again.RequestID != taken.RequestID {
		t.Fatalf("%+v, %v", again, err)
	}
	var board client.Board
	seen := map[string]int{}
	for event, err := range c.Events(t.Context(), taken.RequestID) {
		if err != nil {
			t.Fatal(err)
		}
		if board.Apply(event); event.Type == client.Widget {
			if seen[event.Message.Widget()]++; len(seen) == 1 {
				first.kill() // with the first widget in hand
				s.start("server", "g2")
			}
		}
	}
	for widget, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", widget, n)
		}
	}
	var end struct {
		Status string   `json:"status"`
		Asked  []string `json:"widgets_asked"`
	}
	if err := json.Unmarshal(board.Complete.EventData, &end); err != nil || end.Status != "complete" || len(end.Asked) != len(board.Widgets) {
		t.Errorf("%d widgets of %v, %v", len(board.Widgets), end, err)
	}
	// The end may have come with the first widget, before the first server was killed: then nothing has waited for the second.
	s.eventually(time.Minute, "the second server answers", func() (bool, string) { code, body := ask(t, port, "/health"); return code == 200, body })
	state, err := c.State(t.Context(), taken.RequestID)
	if err != nil || state.Status != "complete" || len(state.Widgets) != len(board.Widgets) {
		t.Errorf("%+v, %v", state, err)
	}
	_, err = c.Widget(t.Context(), taken.RequestID, "nothing")
	if p, ok := errors.AsType[*client.ProblemError](err); !ok || p.Code != "not_ready" {
		t.Errorf("%v", err)
	}
}

// TestTheGoClientCancels: what nobody wants any more is stopped, and its reader told.
func TestTheGoClientCancels(t *testing.T) {
	t.Parallel()
	s, metrics := endlessSite(t)
	port := openPort(t)
	s.start("server", "g1", "PORT="+port)
	c := client.New("http://127.0.0.1:" + port)
	taken, err := c.Submit(t.Context(), client.Request{EventName: "custom_projects", EventData: map[string]any{"page_name": "Slow", "company_id": "1"}, IdempotencyKey: fmt.Sprint(time.Now().UnixNano())})
	if err != nil {
		t.Fatal(err)
	}
	s.queries(metrics, 1)
	for event, err := range c.Events(t.Context(), taken.RequestID) {
		switch {
		case err != nil:
			t.Fatal(err)
		case event.Type == client.Widget:
			if err := c.Cancel(t.Context(), taken.RequestID); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.queries(metrics, 0)
	if state, err := c.State(t.Context(), taken.RequestID); err != nil || state.Status != "cancelled" {
		t.Errorf("%+v, %v", state, err)
	}
}
