package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// brokenPage asks one store that answers and many that do not. Each of these would take a second of a query's time, so the page must not wait for
// one after the other.
const brokenPage = `version: 1
sources:
  here: {kind: duckdb}
%s
datasets:
  here:
    source: here
    files: rows.csv
    tenant: none
    dimensions: {name: {}}
    measures: {rows: {agg: count}}
%s
pages:
  BrokenPage:
    events: [broken]
    dataset: here
    widgets:
      here: {kind: stat, measures: [rows]}
%s
`

// A page whose stores are refused, silent, cut off or talk nonsense gets what the others have, and an error of each, in the real worker; no address
// or password of a store is told.
func TestStoresThatAreDownFailTheirWidgetsAlone(t *testing.T) {
	t.Parallel()
	const canary = "s3cret-canary"
	refused := closedPort(t)
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>busy</html>") }))
	t.Cleanup(garbage.Close)
	hosts := map[string]string{
		"refused": refused, "silent": listening(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), "cut": listening(t, func(net.Conn) {}),
		"garbage": strings.TrimPrefix(garbage.URL, "http://"),
	}
	urls := map[string]string{
		"mongodb": "mongodb://user:" + canary + "@%s/?authSource=admin&serverSelectionTimeoutMS=500", "cassandra": "cassandra://user:" + canary + "@%s", "s3": "http://user:" + canary + "@%s",
		"trino": "http://user@%s", "http": "http://user:" + canary + "@%s",
	}
	about := map[string]string{
		"mongodb": "database: d", "cassandra": "keyspace: d", "s3": "bucket: rows", "trino": "catalog: d, schema: d", "http": "allow_private: true",
	}
	relation := map[string]string{
		"mongodb": "table: rows", "cassandra": "table: rows, partition: {keys: [{field: name, values: [a]}]}", "s3": "files: rows.parquet",
		"trino": "table: rows", "http": "request: {path: /rows}",
	}
	// What answers at once, with an error, must have the time for it on a busy machine.
	limit := map[string]string{"refused": "30s", "silent": "2s", "cut": "30s", "garbage": "30s"}
	var sources, datasets, widgets strings.Builder
	env := []string{"APP_DISPATCHER_DATA=" + t.TempDir()}
	var broken []string
	for kind, url := range urls {
		for how, host := range hosts {
			name := kind + "_" + how
			broken = append(broken, name)
			variable := strings.ToUpper(name)
			env = append(env, variable+"="+fmt.Sprintf(url, host))
			fmt.Fprintf(&sources, "  %s: {kind: %s, url_env: %s, %s}\n", name, kind, variable, about[kind])
			fmt.Fprintf(&datasets, "  %s: {source: %s, %s, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}, limits: {timeout: %s}}\n", name, name, relation[kind], limit[how])
			fmt.Fprintf(&widgets, "      %s: {kind: stat, dataset: %s, measures: [rows]}\n", name, name)
		}
	}
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, fmt.Sprintf(brokenPage, sources.String(), datasets.String(), widgets.String()))
	write(t, filepath.Join(strings.TrimPrefix(env[0], "APP_DISPATCHER_DATA="), "rows.csv"), "name\na\nb\n")

	s := newSite(t, append(env, "APP_DISPATCHER_CATALOG="+catalog)...)
	p := s.start("consumer", "c-1")
	s.send(`{"eventName":"broken","eventData":{"routing_key":"down"}}`)
	s.settled(2 * time.Minute)
	got := s.messages("down")
	if len(got) != len(broken)+2 {
		t.Fatalf("%d messages for %d widgets", len(got), len(broken)+1)
	}
	failed := 0
	for _, m := range got {
		data := m.raw
		switch widget := strings.TrimPrefix(m.event, "BrokenPage__"); widget {
		case "here":
			if !strings.Contains(data, `"values":[[2]]`) {
				t.Errorf("the store that answers: %s", data)
			}
		case "Complete":
			if !strings.Contains(data, `"sent":["here"]`) || strings.Count(data, `"code"`) != len(broken) {
				t.Errorf("the closing message: %s", data)
			}
		default:
			failed++
			if !strings.Contains(data, `"error"`) || strings.Contains(data, "controller_error") || strings.Contains(data, `"values"`) {
				t.Errorf("%s: %s", widget, data)
			}
			if strings.HasSuffix(widget, "_refused") && !strings.Contains(data, "source_unavailable") {
				t.Errorf("%s does not say that the store cannot be reached: %s", widget, data)
			}
		}
		for how, host := range hosts {
			if strings.Contains(data, host) {
				t.Errorf("%s tells the address of what is %s: %s", m.event, how, data)
			}
		}
		if strings.Contains(data, canary) {
			t.Errorf("%s tells a password: %s", m.event, data)
		}
	}
	if failed != len(broken) || strings.Contains(p.log.String(), canary) {
		t.Errorf("%d of %d failed; the password in the log: %v", failed, len(broken), strings.Contains(p.log.String(), canary))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// closedPort is an address that nobody listens at.
func closedPort(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", openPort(t))
}

// listening takes connections and does something with each before it is closed.
func listening(t *testing.T, with func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // ends with the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				with(c)
			}()
		}
	}()
	return l.Addr().String()
}
