package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Known([]string{"insights"}, []string{"ResearchInsightsPage"}, []string{"posts"})
	ended := m.RequestStarted("insights")
	running := scrape(t, m)
	ended("ok")
	m.RequestStarted("made up")("rejected")
	m.Widget("ResearchInsightsPage", "ok", 20*time.Millisecond)
	m.Widget("Nobody", "error", time.Second)
	m.Query("posts", "comparison", "ok", time.Millisecond)
	m.Query("posts", "main", "timeout", time.Millisecond)
	s := m.Source("posts")
	s.Waiting(2)
	s.Waiting(-1)
	s.InFlight(3)
	s.Answered(10, 2000)
	s.Answered(5, -1)
	s.Failed("source_timeout")
	s.Failed("a host: 10.0.0.1")
	s.Breaker(BreakerOpen)
	s.Breaker(BreakerHalfOpen)
	m.Batch(3)
	m.Submission("done")
	m.EntriesRead(7)
	m.EntriesClaimed(0)
	m.LeaseLost(1)
	m.Requeued(2)
	m.DeadLetter("bad_json")
	m.DeadLetter("text from a producer!")
	m.GroupRecreated()
	m.LivePost(204)
	m.LivePost(503)
	m.LivePost(0)
	m.CatalogReload(true)
	if err := m.Backlog(func() float64 { return 42 }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(running, "dispatcher_requests_in_flight 1\n") {
		t.Error("a running request is not counted")
	}
	got := scrape(t, m)
	for _, want := range []string{
		`dispatcher_requests_total{event="insights",outcome="ok"} 1`,
		`dispatcher_requests_total{event="other",outcome="rejected"} 1`,
		`dispatcher_requests_in_flight 0`,
		`dispatcher_widgets_total{page="ResearchInsightsPage",status="ok"} 1`,
		`dispatcher_widgets_total{page="other",status="error"} 1`,
		`dispatcher_widget_seconds_bucket{page="ResearchInsightsPage",le="0.025"} 1`,
		`dispatcher_source_query_seconds_count{role="comparison",source="posts"} 1`,
		`dispatcher_source_queries_total{result="ok",role="comparison",source="posts"} 1`,
		`dispatcher_source_queries_total{result="timeout",role="main",source="posts"} 1`,
		`dispatcher_source_waiting{source="posts"} 1`,
		`dispatcher_source_in_flight{source="posts"} 3`,
		`dispatcher_source_rows_total{source="posts"} 15`,
		`dispatcher_source_read_bytes_total{source="posts"} 2000`,
		`dispatcher_source_errors_total{reason="source_timeout",source="posts"} 1`,
		`dispatcher_source_errors_total{reason="other",source="posts"} 1`,
		`dispatcher_source_breaker_state{source="posts"} 1`,
		`dispatcher_source_breaker_transitions_total{source="posts",to="open"} 1`,
		`dispatcher_source_breaker_transitions_total{source="posts",to="half_open"} 1`,
		`dispatcher_commit_batch_size_sum 3`,
		`dispatcher_commit_submissions_total{status="done"} 1`,
		`dispatcher_entries_total{what="read"} 7`,
		`dispatcher_entries_total{what="lost"} 1`,
		`dispatcher_entries_total{what="requeued"} 2`,
		`dispatcher_dead_letters_total{reason="bad_json"} 1`,
		`dispatcher_dead_letters_total{reason="other"} 1`,
		`dispatcher_group_recreated_total 1`,
		`dispatcher_live_posts_total{status="2xx"} 1`,
		`dispatcher_live_posts_total{status="5xx"} 1`,
		`dispatcher_live_posts_total{status="error"} 1`,
		`dispatcher_catalog_reloads_total{result="ok"} 1`,
		`dispatcher_backlog 42`,
		`go_goroutines `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if err := m.Backlog(func() float64 { return 0 }); err == nil {
		t.Error("a second backlog is accepted")
	}
}

func TestForeignNamesMakeNoSeries(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	m.Widget("p", "ok", 0)
	before := strings.Count(scrape(t, m), "dispatcher_widgets_total{")
	for i := range 100 {
		m.Widget(fmt.Sprint("page", i), "ok", 0)
	}
	if after := strings.Count(scrape(t, m), "dispatcher_widgets_total{"); after != before {
		t.Errorf("%d series grew to %d", before, after)
	}
}

func TestNilMetrics(t *testing.T) {
	t.Parallel()
	var m *Metrics
	m.Known(nil, nil, nil)
	m.RequestStarted("e")("ok")
	m.Widget("p", "ok", 0)
	m.Query("s", "main", "ok", 0)
	s := m.Source("s")
	s.Waiting(1)
	s.InFlight(1)
	s.Answered(1, 1)
	s.Failed("r")
	s.Breaker(BreakerOpen)
	m.Batch(1)
	m.Submission("done")
	m.EntriesRead(1)
	m.DeadLetter("r")
	m.GroupRecreated()
	m.LivePost(200)
	m.CatalogReload(false)
	if err := m.Backlog(nil); err != nil {
		t.Error(err)
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log := NewLogger(&b, "json", slog.LevelInfo)
	log.Debug("hidden")
	log.Info("done", slog.String(KeyRequest, "r1"), Err(errors.New("boom")))
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, &b)
	}
	if line["request_id"] != "r1" || line["error"] != "boom" || line["msg"] != "done" {
		t.Errorf("line is %v", line)
	}
	b.Reset()
	NewLogger(&b, "text", slog.LevelInfo).Info("done", slog.String(KeyPage, "A B"), Err(nil))
	if !strings.Contains(b.String(), `msg=done page="A B" error=""`) {
		t.Errorf("line is %s", &b)
	}
}
