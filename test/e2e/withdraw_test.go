package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// endless is a catalog whose page has a widget that is there at once and one whose query takes longer than any test.
const endless = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  few: {source: s, native: "SELECT i AS n FROM range(3) AS r(i)", tenant: none, dimensions: {n: {field: n, type: int}}, measures: {rows: {agg: count}}}
  many:
    source: s
    native: "SELECT i * j AS n FROM range(10000000) AS r(i), range(10000000) AS q(j) WHERE (i * j) % 7 = 3"
    tenant: none
    limits: {timeout: 3600s}
    dimensions: {n: {field: n, type: int}}
    measures: {rows: {agg: count}}
pages:
  Slow:
    newest_wins: true
    widgets: {quick: {kind: stat, dataset: few, measures: [rows]}, slow: {kind: stat, dataset: many, measures: [rows]}}
`

// endlessSite has a consumer, whose metrics are at the port, that runs a request's endless query, and a second one.
func endlessSite(t *testing.T) (s *site, metrics string) {
	t.Helper()
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, endless)
	metrics = openPort(t)
	s = newSite(t, "APP_DISPATCHER_CATALOG="+catalog, "APP_DISPATCHER_SLOTS=4")
	s.start("consumer", "c1", "APP_DISPATCHER_METRICS_PORT="+metrics)
	return s, metrics
}

func (s *site) askSlow(more string) (entry string) {
	s.t.Helper()
	return s.send(`{"eventName":"custom_projects","eventData":{"page_name":"Slow","routing_key":"r","company_id":1,` + more + `}}`)
}

// queries waits until so many queries of the source run at the consumer.
func (s *site) queries(metrics string, n int) {
	s.t.Helper()
	s.eventually(time.Minute, fmt.Sprintf("%d queries run", n), func() (bool, string) {
		_, body := ask(s.t, metrics, "/metrics")
		for line := range strings.Lines(body) {
			if value, ok := strings.CutPrefix(line, `dispatcher_source_in_flight{source="s"} `); ok {
				return strings.TrimSpace(value) == fmt.Sprint(n), line
			}
		}
		return false, "no such line"
	})
}

// slowAlone waits until the quick widget is there, and the query that runs is that of the slow one.
func (s *site) slowAlone(metrics string) {
	s.t.Helper()
	s.eventually(time.Minute, "the quick widget", func() (bool, string) { got := s.messages("r"); return len(got) == 1, fmt.Sprint(got) })
	s.queries(metrics, 1)
}

// ends returns how each page of the routing key ended, by request.
func (s *site) ends() map[string]string {
	s.t.Helper()
	ends := make(map[string]string)
	for _, m := range s.messages("r") {
		if strings.HasSuffix(m.event, "__Complete") {
			id, _ := m.data["request_id"].(string)
			ends[id] += fmt.Sprint(m.data["status"])
		}
	}
	return ends
}

// TestCancelStopsTheQuery: a message on the input stream stops the query of a running request, wherever it runs, and its page is closed once.
func TestCancelStopsTheQuery(t *testing.T) {
	t.Parallel()
	s, metrics := endlessSite(t)
	s.askSlow(`"request_id":"named"`)
	s.slowAlone(metrics)
	s.start("consumer", "c2")
	printed, code := s.command(t, nil, "--json", "cancel", "named")
	var said struct {
		Entry   string `json:"entry"`
		Request string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(printed), &said); err != nil || code != 0 || said.Entry == "" || said.Request != "named" {
		t.Errorf("exit code %d, %v: %s", code, err, printed)
	}
	s.settled(time.Minute)
	s.queries(metrics, 0)
	got := s.messages("r")
	if len(got) != 2 || got[0].event != "Slow__quick" || got[1].event != "Slow__Complete" || s.ends()["named"] != "cancelled" {
		t.Errorf("%v", got)
	}
	s.eventually(time.Minute, "it is counted", func() (bool, string) { // after Redis has it
		_, body := ask(t, metrics, "/metrics")
		return strings.Contains(body, `dispatcher_commit_submissions_total{status="cancelled",stream="`+s.input()+`"} 1`), body
	})
	// It is known for a while: who sends the request again gets no second answer, and nothing is computed.
	s.askSlow(`"request_id":"named"`)
	s.settled(time.Minute)
	if n := len(s.messages("r")); n != 2 || s.rdb.XLen(t.Context(), s.rejected()).Val() != 0 {
		t.Errorf("%d messages", n)
	}
	if printed, code := s.command(t, nil, "cancel", strings.Repeat("x", 513)); code == 0 || !strings.Contains(printed, "512") {
		t.Errorf("exit code %d: %s", code, printed)
	}
}

// TestNewestWins: a later request for the page stops the query of the earlier one, which is told so, and is answered itself.
func TestNewestWins(t *testing.T) {
	t.Parallel()
	s, metrics := endlessSite(t)
	older := s.askSlow(`"selected_widgets":["slow"]`)
	s.queries(metrics, 1)
	stranger := s.send(`{"eventName":"custom_projects","eventData":{"page_name":"Slow","routing_key":"r","company_id":2,"selected_widgets":["quick"]}}`)
	s.eventually(time.Minute, "the other tenant's answer", func() (bool, string) { ends := s.ends(); return len(ends) == 1, fmt.Sprint(ends) })
	newer := s.askSlow(`"selected_widgets":["quick"]`)
	s.settled(time.Minute)
	s.queries(metrics, 0)
	if ends := s.ends(); len(ends) != 3 || ends[older] != "superseded" || ends[newer] != "complete" || ends[stranger] != "complete" {
		t.Errorf("%v", ends)
	}
	if got := s.messages("r"); len(got) != 5 {
		t.Errorf("%v", got)
	}
}

// TestDeadlineStopsTheQuery: what is ready by then is delivered, the rest ends, and what comes later is not begun.
func TestDeadlineStopsTheQuery(t *testing.T) {
	t.Parallel()
	s, metrics := endlessSite(t)
	s.ready("c1")
	running := s.askSlow(fmt.Sprintf(`"deadline_at":%q`, time.Now().Add(20*time.Second).Format(time.RFC3339)))
	s.slowAlone(metrics)
	s.settled(time.Minute)
	s.queries(metrics, 0)
	got := s.messages("r")
	if len(got) != 3 || got[0].event != "Slow__quick" || got[1].event != "Slow__slow" || got[1].data["status"] != "error" || s.ends()[running] == "" {
		t.Errorf("%v", got)
	}
	late := s.askSlow(`"deadline_at":1700000000`)
	s.settled(time.Minute)
	if s.ends()[late] != "expired" {
		t.Errorf("%v", s.messages("r"))
	}
	dead := s.rdb.XRange(t.Context(), s.rejected(), "-", "+").Val()
	if last := len(dead) - 1; last < 0 || dead[last].Values["reason"] != "expired" || dead[last].Values["message_id"] != late {
		t.Errorf("dead letters %v", dead)
	}
}
