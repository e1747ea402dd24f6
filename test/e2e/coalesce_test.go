package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestEqualQueriesAreAskedOnce has two consumers asked for one page eight times at once. The API that it is of is called once, and all are answered with what it said; another
// company's page is another call.
func TestEqualQueriesAreAskedOnce(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	called, release := make(chan string, 100), make(chan struct{})
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := calls.Add(1)
		called <- r.URL.Query().Get("company")
		<-release
		_, _ = fmt.Fprintf(w, `[{"company":%q,"call":%d}]`, r.URL.Query().Get("company"), n)
	}))
	t.Cleanup(api.Close)
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, `version: 1
sources: {api: {kind: http, url_env: COALESCE_API, allow_private: true, reuse: 1ns}}
datasets:
  calls: {source: api, request: {path: /rows, query: {company: "{tenant}"}}, tenant: {parameter: company_id, field: company}, dimensions: {call: {type: int}}, measures: {call: {agg: max, field: call}}}
pages:
  P: {dataset: calls, widgets: {w: {kind: stat, measures: [call]}}}
`)
	ports := map[string]string{"c1": openPort(t), "c2": openPort(t)}
	s := newSiteOn(t, testenv.Redis(t), "APP_DISPATCHER_CATALOG="+catalog, "APP_DISPATCHER_DATA="+t.TempDir(), "COALESCE_API="+api.URL, "APP_DISPATCHER_SLOTS=4")
	for name, port := range ports {
		s.start("consumer", name, "APP_DISPATCHER_METRICS_PORT="+port)
	}
	send := func(key string, company int) {
		s.send(fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"P","routing_key":%q,"company_id":%d,"start_date":"2002-05-01","end_date":"2002-05-02"}}`, key, company))
	}
	for i := range 8 {
		send(fmt.Sprintf("k%d", i), 7)
	}
	joined := regexp.MustCompile(`dispatcher_source_coalesced_total\{at="process",source="api"\} (\d+)`)
	s.eventually(time.Minute, "three of four wait in each consumer, and one consumer for the other", func() (bool, string) {
		saw := ""
		for name, port := range ports {
			_, text := ask(t, port, "/metrics")
			n := 0
			if m := joined.FindStringSubmatch(text); m != nil {
				n, _ = strconv.Atoi(m[1])
			}
			saw += fmt.Sprintf("%s: %d joined; ", name, n)
			if n != 3 {
				return false, saw
			}
		}
		waits := s.rdb.Keys(t.Context(), s.input()+":asked:*:waits").Val()
		return len(waits) == 1, saw + fmt.Sprint(waits)
	})
	close(release)
	says := func(key string, call int) {
		s.eventually(time.Minute, "an answer", func() (bool, string) {
			n := s.rdb.XLen(t.Context(), s.output(key)).Val()
			return n == 2, fmt.Sprint(n)
		})
		if raw := s.messages(key)[0].raw; !strings.Contains(raw, fmt.Sprintf(`"values":[[%d]]`, call)) || strings.Contains(raw, `"shared":true`) != (call == 1) {
			t.Errorf("%s: %s", key, raw)
		}
	}
	for i := range 8 {
		says(fmt.Sprintf("k%d", i), 1)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("the API was called %d times for one question", n)
	}
	send("other", 8)
	says("other", 2)
	if a, b := <-called, <-called; a != "7" || b != "8" {
		t.Errorf("it was called for the companies %s and %s", a, b)
	}
	s.eventually(time.Minute, "nobody waits", func() (bool, string) { // the mark goes after the answer is there
		left := s.rdb.Keys(t.Context(), s.input()+":asked:*:waits").Val()
		return len(left) == 0, fmt.Sprint(left)
	})
}
