package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestContractRunInstructions sends the README's request with nothing configured but the contract's variables.
func TestContractRunInstructions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.send(insights("u1", "")) // before the first start: a group starts at 0
	s.start("consumer", "c1")
	s.settled(30 * time.Second)
	messages := s.messages("u1")
	last := messages[len(messages)-1]
	if last.event != "ResearchInsightsPage__Complete" || last.data["status"] != "complete" {
		t.Errorf("last message: %s", last.raw)
	}
	asked, _ := last.data["widgets_asked"].([]any)
	if len(messages) != len(asked)+1 || len(asked) != insightsWidgets {
		t.Errorf("%d messages for %d widgets", len(messages), len(asked))
	}
	for _, m := range messages[:len(messages)-1] {
		if want := map[string]string{"ResearchInsightsPage__hashtags": "empty"}[m.event]; m.data["status"] != cmp.Or(want, "ok") {
			t.Errorf("%s: status %v", m.event, m.data["status"])
		}
		if m.event == "ResearchInsightsPage__total_posts" && !strings.Contains(m.raw, `"values":[[1240],[1282],[-42],`) {
			t.Errorf("posts of September 2002: %s", m.raw)
		}
	}
}

// insightsWidgets is how many widgets the page has where no AI service is configured.
const insightsWidgets = 22

// TestPollBuffer is stream_tech API: the hash fills, and the status becomes BUFFERED when all announced requests are done.
func TestPollBuffer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := "poll-" + s.prefix
	buffer, status := "PUBLISH_ENGINE::BUFFER::"+key, "EVENT::STATUS::"+key
	t.Cleanup(func() { s.rdb.Del(t.Context(), buffer, status) })
	s.rdb.HSet(t.Context(), buffer, "__meta__", `{"total_messages":2}`)
	s.start("consumer", "c1")
	s.send(insights(key, `"stream_tech":"API","selected_widgets":["total_posts"]`))
	s.settled(30 * time.Second)
	if v := s.rdb.Get(t.Context(), status).Val(); v != "PROCESSING_EVENT_IN_PUBLISHER_CONTROLLER" {
		t.Errorf("status after one of two requests: %q", v)
	}
	s.send(insights(key, `"stream_tech":"API","selected_widgets":["total_authors"]`))
	s.settled(30 * time.Second)
	if v := s.rdb.Get(t.Context(), status).Val(); v != "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS" {
		t.Errorf("status after both: %q", v)
	}
	fields := s.rdb.HGetAll(t.Context(), buffer).Val()
	for _, w := range []string{"total_posts", "total_authors"} {
		if !strings.Contains(fields["ResearchInsightsPage__"+w], `"eventName":"ResearchInsightsPage__`+w+`"`) {
			t.Errorf("%s: %q", w, fields["ResearchInsightsPage__"+w])
		}
	}
	if fields["__processed_count__"] != "2" {
		t.Errorf("counted %q requests, want 2", fields["__processed_count__"])
	}
	if ttl := s.rdb.TTL(t.Context(), buffer).Val(); ttl <= 0 || ttl > 2*time.Minute {
		t.Errorf("the buffer lives %v", ttl)
	}
}

// TestCustomerCareHash is the flat object: as many fields as widgets were asked for, failed ones included.
func TestCustomerCareHash(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	job := fmt.Sprint(time.Now().UnixNano())
	key := "PublicApis:1:ENGAGEMENTS:" + job + ":metrics"
	t.Cleanup(func() { s.rdb.Del(t.Context(), key) })
	s.start("consumer", "c1")
	s.send(`{"job_id":"` + job + `","page_name":"ResearchInsightsPage","widgets_names":["total_posts","no_such_widget"],` +
		`"company_id":1,"company_time_zone":"Asia/Riyadh","start_date":1030838400,"end_date":1033430400,"filters":"{}","product":"PUBLIC_API"}`)
	s.settled(30 * time.Second)
	fields := s.rdb.HGetAll(t.Context(), key).Val()
	if len(fields) != 2 || !strings.Contains(fields["total_posts"], `"kind":"stat"`) || !strings.Contains(fields["no_such_widget"], `"unknown_widget"`) {
		t.Errorf("fields: %v", fields)
	}
	if ttl := s.rdb.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Hour {
		t.Errorf("the complete hash lives %v, want at most an hour", ttl)
	}
}

// TestLiveEventsSurviveABadService posts to a service that fails at first; each event must arrive under one id.
func TestLiveEventsSurviveABadService(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	taken := map[string]string{}
	failures := 3
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if failures > 0 {
			failures--
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		var event struct{ EventName, RoutingKey string }
		_ = json.Unmarshal(body, &event)
		if r.URL.Path != "/dispatcher/event" {
			t.Errorf("posted to %s", r.URL.Path)
		}
		taken[r.Header.Get("Webhook-Id")] = event.EventName
	}))
	defer service.Close()
	s := newSite(t, "APP_LIVE_SERVICE_URL="+service.URL)
	s.start("consumer", "c1")
	s.send(insights("live", `"stream_tech":"SSE","selected_widgets":["total_posts","total_authors"]`))
	s.eventually(30*time.Second, "three events posted", func() (bool, string) {
		mu.Lock()
		defer mu.Unlock()
		return len(taken) == 3, fmt.Sprint(taken)
	})
	names := map[string]bool{}
	for _, name := range taken {
		names[name] = true
	}
	if !names["ResearchInsightsPage__total_posts"] || !names["ResearchInsightsPage__Complete"] {
		t.Errorf("events: %v", taken)
	}
}

// TestServerTellsHealthAndReadiness starts the HTTP process before and after there is a group.
func TestServerTellsHealthAndReadiness(t *testing.T) {
	t.Parallel()
	port := openPort(t)
	s := newSite(t, "PORT="+port)
	s.start("server", "s1")
	get := func(path string) (int, string) { return ask(t, port, path) }
	s.eventually(15*time.Second, "healthy", func() (bool, string) {
		code, body := get("/health")
		return code == 200 && body == `{"status":"ok"}`, body
	})
	if code, body := get("/ready"); code != 503 || !strings.Contains(body, `"ready":false`) || !strings.Contains(body, "group") {
		t.Errorf("without a group: %d %s", code, body)
	}
	s.start("consumer", "c1")
	s.eventually(15*time.Second, "ready", func() (bool, string) {
		code, body := get("/ready")
		return code == 200 && body == `{"ready":true}`, body
	})
	if code, body := get("/metrics"); code != 200 || !strings.Contains(body, "dispatcher_") {
		t.Errorf("/metrics: %d %.200s", code, body)
	}
}

// TestTermDrains stops a consumer in load: it ends by itself, holding nothing, and a peer finishes the rest.
func TestTermDrains(t *testing.T) {
	t.Parallel()
	s := newSiteOn(t, testenv.StartRedis(t).Addr, "APP_DISPATCHER_SLOTS=4") // of its own: what is given back has two seconds for it
	first := s.start("consumer", "c1")
	for i := range 200 {
		s.send(insights(fmt.Sprintf("d-%d", i), `"selected_widgets":["total_posts","volume_over_time","top_channels","net_sentiment"]`))
	}
	s.eventually(10*time.Second, "work has begun", func() (bool, string) {
		n := s.rdb.XLen(t.Context(), s.input()).Val()
		return n < 200, fmt.Sprint(n)
	})
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.done:
	case <-time.After(patience):
		t.Fatal("the consumer does not end")
	}
	if first.err != nil {
		t.Errorf("exit: %v", first.err)
	}
	// What waits for its tenant's turn is pending for nobody, and stays so.
	if p := s.rdb.XPending(t.Context(), s.input(), "go_dispatcher").Val(); p.Count != p.Consumers[commit.Parked] {
		t.Errorf("%d entries are still pending after a drain: %v", p.Count, p.Consumers)
	}
	for _, c := range s.rdb.XInfoConsumers(t.Context(), s.input(), "go_dispatcher").Val() {
		if c.Name != commit.Parked {
			t.Errorf("the drained consumer is still listed: %v", c)
		}
	}
	s.start("consumer", "c2")
	s.settled(60 * time.Second)
	for i := range 200 {
		count := map[string]int{}
		for _, m := range s.messages(fmt.Sprintf("d-%d", i)) {
			count[m.event]++
		}
		for event, n := range count {
			if n != 1 {
				t.Errorf("d-%d: %d messages of %s", i, n, event)
			}
		}
		if len(count) != 5 { // four widgets, and the page's end
			t.Errorf("d-%d: %d messages, want 5", i, len(count))
		}
	}
}

// TestMissingVariablesAreNamedAtOnce starts both processes without any configuration.
func TestMissingVariablesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	s := &site{t: t, env: []string{"PATH=/usr/bin", "HOME=" + t.TempDir(), "APP_REDIS_PORT=many"}}
	for _, name := range []string{"consumer", "server"} {
		p := s.start(name, "")
		<-p.done
		for _, want := range []string{"APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_CONSUMER_GROUP", "APP_DISPATCHER_CONSUMER_NAME",
			"APP_DISPATCHER_OUTPUT_STREAM_PREFIX", "APP_DISPATCHER_REJECTED_STREAM", "APP_REDIS_PORT"} {
			if !strings.Contains(p.log.String(), want) {
				t.Errorf("%s does not name %s:\n%s", name, want, p.log.String())
			}
		}
		if p.cmd.ProcessState.ExitCode() == 0 {
			t.Errorf("%s starts without its configuration", name)
		}
	}
}
