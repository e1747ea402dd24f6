package chaos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// sourceRows harm the stores that widgets come from.
func sourceRows() []row {
	c := &clinic{ill: map[int]string{}}
	return []row{{
		matrix: "20", name: "sources", fault: "MongoDB, Cassandra, MinIO and an HTTP API in turn: refused, reset, silent, 30 s late, 1 kB/s, cut in the middle of an answer", short: true,
		few: 100, many: 10_000, harm: c.harm, collect: c.answers,
	}}
}

// clinic is a page with a widget for each store, one of which is ill at a time.
type clinic struct {
	wards []ward
	// place is the stores' database, port the worker's.
	place string
	port  int
	// ill is the widget that may fail, by request.
	ill map[int]string
	// counted are the requests whose failures have been.
	counted int
}

// ward is one store behind a network that can be made bad.
type ward struct {
	name, widget string
	*proxy
}

// ailment is what a network does.
type ailment struct {
	name, kind, attributes string
	// slow has answers come all the same where they are small.
	slow bool
}

func ailments() []ailment {
	return []ailment{
		{name: "refused"}, // nobody listens
		{name: "reset", kind: "reset_peer", attributes: `{"timeout":0}`},
		{name: "silent", kind: "timeout", attributes: `{"timeout":0}`},
		{name: "late", kind: "latency", attributes: `{"latency":30000}`},
		{name: "narrow", kind: "bandwidth", attributes: `{"rate":1}`, slow: true},
		{name: "cut", kind: "limit_data", attributes: `{"bytes":100}`},
	}
}

const (
	clinicPage = "ClinicPage"
	clinicRows = 200
)

// The widgets by their stores; the embedded engine's is never ill.
const clinicCatalog = `version: 1
sources:
  here: {kind: duckdb}
  mongodb: {kind: mongodb, database: %[1]s, url_env: CHAOS_MONGODB}
  cassandra: {kind: cassandra, keyspace: %[1]s, url_env: CHAOS_CASSANDRA}
  s3: {kind: s3, bucket: %[2]s, url_env: CHAOS_S3}
  http: {kind: http, url_env: CHAOS_HTTP, allow_private: true, reuse: 1ms}
datasets:
  here: {source: here, files: rows.csv, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}}
  mongodb: {source: mongodb, table: rows, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}, limits: {timeout: %[3]s}}
  cassandra: {source: cassandra, table: rows, partition: {keys: [{field: part, values: [a]}]}, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}, limits: {timeout: %[4]s}}
  s3: {source: s3, files: rows.csv, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}, limits: {timeout: %[5]s}}
  http: {source: http, request: {path: /rows}, tenant: none, dimensions: {name: {}}, measures: {rows: {agg: count}}, limits: {timeout: %[6]s}}
pages:
  ClinicPage:
    events: [custom_projects]
    widgets:
      a: {kind: stat, dataset: mongodb, measures: [rows]}
      b: {kind: stat, dataset: cassandra, measures: [rows]}
      c: {kind: stat, dataset: s3, measures: [rows]}
      d: {kind: stat, dataset: http, measures: [rows]}
      e: {kind: stat, dataset: here, measures: [rows]}
`

// harm makes one store ill after the other. Only its widget may fail, for as long as it is ill, and its breaker alone opens.
func (c *clinic) harm(s *site) {
	c.admit(s)
	turns := 2
	each := s.row.few / turns
	if full() {
		turns = len(c.wards) * len(ailments())
		each = s.row.many / turns
	}
	c.port = s.startCounted("w0")["w0"]
	c.ask(s, batch, "") // nothing is wrong yet
	c.served(s)
	c.count(s)
	first := s.random.IntN(turns * len(ailments()))
	opened := 0
	var waits visits
	for n := first; n < first+turns; n++ { // as many as there are of both have each store ail of each
		w := &c.wards[n%len(c.wards)]
		a := ailments()[(n/len(c.wards)+n)%len(ailments())]
		waits.before = append(waits.before, c.visit(s, each/2, "", w.widget)...)
		c.prescribe(s, w.name)
		before := c.opened(s)
		failed := 0
		heal := w.suffer(&a)
		if !a.slow {
			s.eventually(w.name+" is ill", func() (bool, string) { // what it said a moment ago may be believed for some seconds
				c.ask(s, 1, w.widget)
				c.served(s)
				failed += c.count(s)
				return failed > 0, a.name + ", and nothing fails"
			})
		}
		s.eventually("the breaker of "+w.name+" opens", func() (bool, string) { // equal queries at the same time are one call, which counts once
			if c.opened(s)[w.name] > before[w.name] {
				return true, ""
			}
			c.ask(s, batch, w.widget)
			c.served(s)
			n := c.count(s)
			failed += n
			return n == 0 && a.slow, a.name
		})
		waits.beside = append(waits.beside, c.visit(s, each/2, w.widget, w.widget)...)
		heal()
		c.prescribe(s, "")
		failed += c.count(s)
		s.fired(failed)
		after := c.opened(s)
		for name, times := range after {
			if name != w.name && times != before[name] {
				s.t.Errorf("the breaker of %s opened while %s was %s", name, w.name, a.name)
			}
		}
		opened += after[w.name] - before[w.name]
		s.t.Logf("%s, %s: %d widgets failed", w.name, a.name, failed)
		s.eventually(w.name+" is well again", func() (bool, string) {
			c.ask(s, 1, w.widget)
			c.served(s)
			return c.count(s) == 0, "it fails"
		})
	}
	waits.note(s)
	s.verdict.note("a store was ill %d times; breakers opened %d times, none of another store", turns, opened)
}

// suffer makes the way to the store bad.
func (w *ward) suffer(a *ailment) (heal func()) {
	if a.kind != "" {
		return w.toxin(a.kind, "downstream", a.attributes)
	}
	w.Stop()
	return func() {
		if err := w.Start(); err != nil {
			w.t.Error(err)
		}
	}
}

// ask sends requests of which one widget may fail.
func (c *clinic) ask(s *site, n int, ill string) {
	widgets := []string{"a", "b", "c", "d", "e"}
	for n > 0 {
		rs := make([]*request, min(n, batch))
		n -= len(rs)
		for i := range rs {
			rs[i] = s.next(func(_ *order, data map[string]any) { data["page_name"], data["selected_widgets"] = clinicPage, widgets })
			rs[i].widgets = widgets
			c.ill[rs[i].number] = ill
		}
		s.put(rs...)
	}
}

// served waits until all requests are.
func (c *clinic) served(s *site) {
	s.t.Helper()
	s.eventually("all requests are served", func() (bool, string) {
		n := s.rdb.XLen(s.t.Context(), input).Val()
		return n == 0, fmt.Sprint(n, " left")
	})
}

// count is how many widgets have failed since it was last asked.
func (c *clinic) count(s *site) (failed int) {
	s.t.Helper()
	for ; c.counted < len(s.ledger.requests); c.counted++ {
		for _, e := range s.rdb.XRange(s.t.Context(), output+key(c.counted), "-", "+").Val() {
			payload, _ := e.Values["payload"].(string)
			if m, ok := parse(payload); ok && m.widget != closing && len(m.data.Error) > 0 {
				failed++
			}
		}
	}
	return failed
}

// opened is how often the breaker of each store came to leave it alone.
func (c *clinic) opened(s *site) map[string]int {
	got := map[string]int{"here": s.counter(c.port, "dispatcher_source_breaker_transitions_total", `source="here"`, `to="open"`)}
	for i := range c.wards {
		name := c.wards[i].name
		got[name] = s.counter(c.port, "dispatcher_source_breaker_transitions_total", fmt.Sprintf("source=%q", name), `to="open"`)
	}
	return got
}

// answers are the messages, with the digest of those that say what they must: the number of rows, or an error of the store that was ill.
func (c *clinic) answers(s *site) map[int][]message {
	got := s.streams()
	for number, list := range got {
		for i := range list {
			if m := &list[i]; c.right(number, m) {
				m.data.Digest = digest(s.seed, number, m.widget)
			}
		}
		// The widgets of a page come in any order, the closing message last.
		if last := len(list) - 1; list[last].widget == closing {
			slices.SortStableFunc(list[:last], func(x, y message) int { return cmp.Compare(x.widget, y.widget) })
		}
	}
	return got
}

func (c *clinic) right(number int, m *message) bool {
	if len(m.data.Error) == 0 {
		return string(m.data.Data.Values) == fmt.Sprintf("[[%d]]", clinicRows)
	}
	var told struct {
		Code string `json:"code"`
	}
	return m.widget == c.ill[number] && json.Unmarshal(m.data.Error, &told) == nil && strings.HasPrefix(told.Code, "source_")
}

// admit fills the stores, puts a proxy before each and tells the workers.
func (c *clinic) admit(s *site) {
	s.t.Helper()
	stores := fill(s.t, clinicRows)
	for i, name := range []string{"mongodb", "cassandra", "s3", "http"} {
		w := ward{name: name, widget: string(rune('a' + i))}
		var url string
		w.proxy, url = before(s.t, stores.urls[name])
		if name == "mongodb" {
			url = testenv.Impatient(url, 5*time.Second)
		}
		s.env = append(s.env, "CHAOS_"+strings.ToUpper(name)+"="+url)
		c.wards = append(c.wards, w)
	}
	c.place = stores.place
	s.write("catalog.yaml", c.catalog(""))
	s.write("rows.csv", stores.csv)
}

// prescribe has a store that will be ill be given up soon. The others get the time that a busy machine wants.
func (c *clinic) prescribe(s *site, ill string) {
	s.t.Helper()
	read := func() int { return s.counter(c.port, "dispatcher_catalog_reloads_total", `"ok"`) }
	before := read()
	s.write("catalog.yaml", c.catalog(ill))
	s.workers["w0"].Signal(s.t, syscall.SIGHUP)
	s.eventually("the catalog is read again", func() (bool, string) { n := read(); return n > before, fmt.Sprint(n) })
}

func (c *clinic) catalog(ill string) string {
	values := []any{c.place, strings.ReplaceAll(c.place, "_", "-")}
	for i := range c.wards {
		limit := "60s"
		if c.wards[i].name == ill {
			limit = "1s"
		}
		values = append(values, limit)
	}
	return fmt.Sprintf(clinicCatalog, values...)
}

// write puts a file into the folder of the row's catalog and data.
func (s *site) write(name, text string) {
	s.t.Helper()
	env := map[string]string{}
	for _, line := range s.env {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	if err := os.WriteFile(env["APP_DISPATCHER_DATA"]+"/"+name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
