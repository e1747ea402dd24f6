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
	class := m.Class("interactive", 64)
	ended := class.RequestStarted("insights")
	running := scrape(t, m)
	ended("ok")
	class.RequestStarted("made up")("rejected")
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
	d := m.Delivery("in", "g")
	d.Commit(3, 300*time.Microsecond, nil)
	d.Commit(2, time.Second, errors.New("away"))
	for _, status := range []string{"done", "duplicate", "fenced", "a host: 10.0.0.1"} {
		d.Submission(status)
	}
	d.Read(7)
	d.Claimed(3)
	d.Lost(1)
	d.Requeued(2)
	d.Released(4)
	d.GroupCreated(1)
	m.DeadLetter("bad_json")
	m.DeadLetter("text from a producer!")
	m.LivePost(204, 20*time.Millisecond)
	m.LivePost(503, 20*time.Millisecond)
	m.LivePost(0, 20*time.Millisecond)
	m.LiveBreaker(BreakerOpen)
	m.CatalogReload(true)
	seen := Broker{Up: true, Skew: 1500 * time.Millisecond, DeadLetters: 3, Queues: []Queue{
		{Stream: "in", Backlog: 42, Pending: 5, Delayed: 2, Consumers: 4, Oldest: 90 * time.Second}, {Stream: "shared", Backlog: -1, Oldest: time.Second},
	}}
	if err := m.Broker(func() Broker { return seen }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(running, `dispatcher_requests_in_flight{class="interactive"} 1`) {
		t.Error("a running request is not counted")
	}
	got := scrape(t, m)
	for _, want := range []string{
		`dispatcher_requests_total{event="insights",outcome="ok"} 1`,
		`dispatcher_requests_total{event="other",outcome="rejected"} 1`,
		`dispatcher_requests_in_flight{class="interactive"} 0`,
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
		`messaging_process_duration_seconds_count{error_type="",messaging_operation_name="process",messaging_system="redis"} 1`,
		`messaging_process_duration_seconds_count{error_type="rejected",messaging_operation_name="process",messaging_system="redis"} 1`,
		`messaging_client_consumed_messages_total{messaging_consumer_group_name="g",messaging_destination_name="in",messaging_operation_name="receive",messaging_system="redis"} 7`,
		`messaging_client_consumed_messages_total{messaging_consumer_group_name="g",messaging_destination_name="in",messaging_operation_name="claim",messaging_system="redis"} 3`,
		`messaging_client_operation_duration_seconds_bucket{error_type="",messaging_consumer_group_name="g",messaging_destination_name="in",messaging_operation_name="commit",messaging_system="redis",le="0.0005"} 1`,
		`messaging_client_operation_duration_seconds_count{error_type="commit_failed",messaging_consumer_group_name="g",messaging_destination_name="in",messaging_operation_name="commit",messaging_system="redis"} 1`,
		`dispatcher_commit_batch_size_sum{stream="in"} 5`,
		`dispatcher_commit_submissions_total{status="done",stream="in"} 1`,
		`dispatcher_commit_submissions_total{status="fenced",stream="in"} 1`,
		`dispatcher_commit_submissions_total{status="other",stream="in"} 1`,
		`dispatcher_entries_total{stream="in",what="lost"} 1`,
		`dispatcher_entries_total{stream="in",what="requeued"} 2`,
		`dispatcher_entries_total{stream="in",what="released"} 4`,
		`dispatcher_group_created_total{stream="in"} 1`,
		`dispatcher_slots{class="interactive"} 64`,
		`dispatcher_dead_letters_total{reason="bad_json"} 1`,
		`dispatcher_dead_letters_total{reason="other"} 1`,
		`dispatcher_live_post_seconds_count{status="2xx"} 1`,
		`dispatcher_live_post_seconds_count{status="5xx"} 1`,
		`dispatcher_live_post_seconds_count{status="error"} 1`,
		`dispatcher_live_breaker_state 2`,
		`dispatcher_catalog_reloads_total{result="ok"} 1`,
		`dispatcher_broker_up 1`,
		`dispatcher_broker_clock_skew_seconds 1.5`,
		`dispatcher_dead_letters 3`,
		`dispatcher_backlog{stream="in"} 42`,
		`dispatcher_backlog_oldest_seconds{stream="in"} 90`,
		`dispatcher_backlog_oldest_seconds{stream="shared"} 1`,
		`dispatcher_pending{stream="in"} 5`,
		`dispatcher_delayed{stream="in"} 2`,
		`dispatcher_group_consumers{stream="in"} 4`,
		`go_goroutines `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(got, `dispatcher_backlog{stream="shared"}`) {
		t.Error("a backlog that nobody knows is shown")
	}
	seen = Broker{}
	if got = scrape(t, m); !strings.Contains(got, "dispatcher_broker_up 0") || strings.Contains(got, "dispatcher_backlog") || strings.Contains(got, "dispatcher_dead_letters ") {
		t.Error("a server that is away is shown as an empty queue")
	}
	if err := m.Broker(func() Broker { return seen }); err == nil {
		t.Error("a second broker is accepted")
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
	m.Class("interactive", 1).RequestStarted("e")("ok")
	m.Widget("p", "ok", 0)
	m.Query("s", "main", "ok", 0)
	s := m.Source("s")
	s.Waiting(1)
	s.InFlight(1)
	s.Answered(1, 1)
	s.Failed("r")
	s.Breaker(BreakerOpen)
	d := m.Delivery("s", "g")
	d.Commit(1, 0, nil)
	d.Submission("done")
	for _, count := range []func(int){d.Read, d.Claimed, d.Lost, d.Requeued, d.Released, d.GroupCreated} {
		count(1)
	}
	m.DeadLetter("r")
	m.LivePost(200, 0)
	m.LiveBreaker(BreakerOpen)
	m.CatalogReload(false)
	if err := m.Broker(nil); err != nil {
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
