package trino_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/trino"
)

// Mistakes of a catalog, as the server finds them.
func TestErrorsOfTheServer(t *testing.T) {
	t.Parallel()
	name, _ := table(t, "n BIGINT, list ARRAY(VARCHAR)")
	number := func(column string) []query.Measure {
		return []query.Measure{{Name: "n", Agg: query.Sum, Field: query.Field{Column: column, Type: query.Int}}}
	}
	small := func(c *trino.Config) { c.URL += "?session_properties=query_max_memory:1MB" }
	for what, c := range map[string]struct {
		relation query.Relation
		measures []query.Measure
		change   func(*trino.Config)
		reason   string
	}{
		"no such table":      {query.Relation{Table: "memory.default.nothing"}, number("n"), nil, "source_schema"},
		"no such schema":     {query.Relation{Table: "memory.nowhere.nothing"}, number("n"), nil, "source_schema"},
		"no such catalog":    {query.Relation{Table: "nowhere.default.nothing"}, number("n"), nil, "source_schema"},
		"no such column":     {query.Relation{Table: name}, number("m"), nil, "source_schema"},
		"another type":       {query.Relation{Table: name}, number("list"), nil, "source_schema"},
		"a name of no table": {query.Relation{Table: "a.b.c.d"}, number("n"), nil, "source_schema"},
		"half a name":        {query.Relation{Table: "orders"}, number("n"), func(c *trino.Config) { c.Catalog, c.Schema = "tpch", "" }, "source_schema"},
		"bad native SQL":     {query.Relation{Native: &query.Native{Text: "SELECT FROM WHERE"}}, number("n"), nil, "source_error"},
		"division by zero":   {query.Relation{Native: &query.Native{Text: "SELECT 1 / (n - n) AS n FROM (VALUES 1) AS t(n)"}}, number("n"), nil, "source_bad_data"},
		"too much memory": {query.Relation{Table: "tpch.sf1.orders"}, []query.Measure{{Name: "n", Agg: query.Percentile, Fraction: 0.5,
			Field: query.Field{Column: "totalprice", Type: query.Float}}}, small, "source_limit"},
	} {
		_, err := opened(t, c.change).Query(t.Context(), &query.Query{Dataset: "d", Relation: c.relation, Measures: c.measures, MaxRows: 10})
		if fault.ReasonOf(err) != c.reason || fault.ClassOf(err) != fault.Permanent {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// coordinator answers statements as a test says: what no healthy cluster can be brought to say.
type coordinator struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []*http.Request
	answer   func(w http.ResponseWriter, r *http.Request, n int)
	finished chan string // of queries that were ended
}

func scripted(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, n int)) *coordinator {
	t.Helper()
	c := &coordinator{answer: answer, finished: make(chan string, 10)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			c.finished <- r.Header.Get("X-Trino-User") + " " + r.URL.Path
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		c.mu.Lock()
		c.asked = append(c.asked, r)
		n := len(c.asked)
		c.mu.Unlock()
		c.answer(w, r, n)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *coordinator) open(t *testing.T, parameters string) *trino.Source {
	t.Helper()
	s, err := trino.Open(t.Context(), trino.Config{URL: strings.Replace(c.URL, "http://", "http://somebody@", 1) + parameters})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func say(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }

func TestErrorsAreClassified(t *testing.T) {
	t.Parallel()
	const user, internal, resources, external = "USER_ERROR", "INTERNAL_ERROR", "INSUFFICIENT_RESOURCES", "EXTERNAL"
	for _, c := range []struct {
		name, kind string
		class      fault.Class
		reason     string
	}{
		{"PERMISSION_DENIED", user, fault.Permanent, "source_denied"},
		{"SYNTAX_ERROR", user, fault.Permanent, "source_error"},
		{"AMBIGUOUS_NAME", user, fault.Permanent, "source_schema"},
		{"USER_CANCELED", user, fault.Permanent, "source_limit"},
		{"GENERIC_INTERNAL_ERROR", internal, fault.Permanent, "source_error"},
		{"SERVER_STARTING_UP", internal, fault.Transient, "source_unavailable"},
		{"SERVER_SHUTTING_DOWN", internal, fault.Transient, "source_unavailable"},
		{"PAGE_TRANSPORT_TIMEOUT", internal, fault.Transient, "source_unavailable"},
		{"REMOTE_HOST_GONE", internal, fault.Transient, "source_unavailable"},
		{"NO_NODES_AVAILABLE", internal, fault.Transient, "source_unavailable"},
		{"QUERY_QUEUE_FULL", resources, fault.Throttled, "source_throttled"},
		{"CLUSTER_OUT_OF_MEMORY", resources, fault.Throttled, "source_throttled"},
		{"EXCEEDED_TIME_LIMIT", resources, fault.Timeout, "source_timeout"},
		{"EXCEEDED_LOCAL_MEMORY_LIMIT", resources, fault.Permanent, "source_limit"},
		{"EXCEEDED_CPU_LIMIT", resources, fault.Permanent, "source_limit"},
		{"EXCEEDED_SCAN_LIMIT", resources, fault.Permanent, "source_limit"},
		{"ADMINISTRATIVELY_KILLED", resources, fault.Permanent, "source_limit"},
		{"HIVE_BAD_DATA", external, fault.Permanent, "source_bad_data"},
		{"HIVE_METASTORE_ERROR", external, fault.Transient, "source_unavailable"},
		{"JDBC_ERROR", external, fault.Transient, "source_unavailable"},
	} {
		server := scripted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			say(w, map[string]any{"id": "q", "stats": map[string]any{"state": "FAILED"}, "error": map[string]any{"message": "scripted", "errorName": c.name, "errorType": c.kind}})
		})
		_, err := server.open(t, "").Query(t.Context(), one())
		if fault.ClassOf(err) != c.class || fault.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for status, want := range map[int]fault.Class{
		401: fault.Permanent, 403: fault.Permanent, 404: fault.Transient, 410: fault.Transient, 429: fault.Throttled, 500: fault.Transient, 503: fault.Transient, 400: fault.Permanent,
	} {
		server := scripted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(status) })
		s := server.open(t, "")
		if _, err := s.Query(t.Context(), one()); fault.ClassOf(err) != want {
			t.Errorf("status %d: %v", status, err)
		}
		if err := s.Ping(t.Context()); fault.ClassOf(err) != want {
			t.Errorf("status %d: ping: %v", status, err)
		}
	}
	for name, body := range map[string]string{"garbage": "<html>", "half an answer": `{"id": "q", "sta`, "nothing": ""} {
		server := scripted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, body) })
		if _, err := server.open(t, "").Query(t.Context(), one()); err == nil {
			t.Errorf("%s is an answer", name)
		}
	}
}

// A coordinator that is still starting is not ready, though it answers.
func TestPingOfAServerThatStarts(t *testing.T) {
	t.Parallel()
	server := scripted(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		say(w, map[string]any{"nodeVersion": map[string]any{"version": "476"}, "starting": n == 1})
	})
	s := server.open(t, "")
	if err := s.Ping(t.Context()); fault.ClassOf(err) != fault.Transient {
		t.Errorf("while it starts: %v", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("then: %v", err)
	}
}

// The time that is left is a property of the session, beside those of the URL, which win.
func TestTheClusterIsToldTheTime(t *testing.T) {
	t.Parallel()
	limited, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	for _, c := range []struct {
		ctx        context.Context //nolint:containedctx // a case of this table
		url, wants string
	}{
		{t.Context(), "", `^$`},
		{limited, "", `^query_max_run_time=1[12]\d{5}ms$`},
		{limited, "?session_properties=task_concurrency:1", `^task_concurrency=1,query_max_run_time=1[12]\d{5}ms$`},
		{limited, "?session_properties=query_max_run_time:5m", `^query_max_run_time=5m$`},
	} {
		server := scripted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			say(w, map[string]any{"id": "q", "columns": []any{}, "stats": map[string]any{"state": "FINISHED"}})
		})
		_, _ = server.open(t, c.url).Query(c.ctx, one())
		if len(server.asked) != 1 || !regexp.MustCompile(c.wants).MatchString(server.asked[0].Header.Get("X-Trino-Session")) {
			t.Errorf("%s: %v", c.wants, server.asked)
		}
		if got := server.asked[0].Header.Get("X-Trino-Client-Info"); got != "dataset nations" {
			t.Errorf("%q", got)
		}
	}
}

// A query is ended where an answer never comes, and nobody waits for that.
func TestAQueryIsEndedWhoeverAnswers(t *testing.T) {
	t.Parallel()
	silent := make(chan bool)
	server := scripted(t, nil)
	server.answer = func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			say(w, map[string]any{"id": "20020331_1", "nextUri": server.URL + "/v1/statement/queued/1", "stats": map[string]any{"state": "QUEUED"}})
			return
		}
		close(silent)
		<-r.Context().Done()
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-silent
		cancel()
	}()
	if _, err := server.open(t, "").Query(ctx, one()); fault.ClassOf(err) != fault.Canceled {
		t.Error(err)
	}
	select {
	case got := <-server.finished:
		if got != "somebody /v1/query/20020331_1" {
			t.Error(got)
		}
	case <-time.After(time.Minute):
		t.Error("the query goes on")
	}
}

// What is left of an answer that has too many rows is not waited for.
func TestTooManyRows(t *testing.T) {
	t.Parallel()
	server := scripted(t, nil)
	server.answer = func(w http.ResponseWriter, _ *http.Request, n int) {
		say(w, map[string]any{
			"id": "q", "nextUri": fmt.Sprintf("%s/v1/statement/executing/%d", server.URL, n), "stats": map[string]any{"state": "RUNNING", "processedRows": n},
			"columns": []any{map[string]any{"name": "n", "type": "bigint", "typeSignature": map[string]any{"rawType": "bigint", "arguments": []any{}}}}, "data": []any{[]any{n}, []any{n}},
		})
	}
	q := &query.Query{Dataset: "d", Relation: query.Relation{Table: "a.b.c"}, MaxRows: 3, Rows: true, Select: []query.Column{of("n", query.Int)}}
	r, err := server.open(t, "").Query(t.Context(), q)
	if err != nil || !r.Truncated || r.Frame.Rows() != 3 {
		t.Fatalf("%v %+v", err, r)
	}
	select {
	case <-server.finished:
	case <-time.After(time.Minute):
		t.Error("the query goes on")
	}
}
