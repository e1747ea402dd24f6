package stores

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// canary is the company whose rows nobody else may see.
const canary = "canary"

// attacked is the set of the attacks: rows whose texts are the attacks themselves, some of troubles, and those of the canary.
func attacked(all []attack) *set {
	s := troubles()
	s.rows = s.rows[:60]
	for i := range all {
		text, ok := all[i].text()
		if !ok || len(text) > 60_000 {
			continue
		}
		row := sourcetest.Row{
			"company": "acme", "id": fmt.Sprintf("x%03d", i), "at": time.Date(2002, 5, 1, 0, 0, i, 0, time.UTC), "channel": "mail", "text": text, "author": "a",
			"language": "en", "tags": []any{text}, "n": int64(i), "big": nil, "x": 1.5, "wild": nil, "flag": true,
			"tz": nil, "wall": nil, "day": nil, "es": nil, "ems": nil,
		}
		s.rows = append(s.rows, row)
		if i%7 == 0 {
			other := maps.Clone(row)
			other["company"], other["id"] = canary, fmt.Sprintf("c%03d", i)
			s.rows = append(s.rows, other)
		}
	}
	return s
}

// attackCatalog has datasets by each parameter that may name a tenant, with every text allowed as its name but for the one with the default
// pattern.
func attackCatalog(relation func(string) string) string {
	var b strings.Builder
	b.WriteString("datasets:\n")
	at := relation("at")
	fmt.Fprintf(&b, "  posts: {source: %s, %s, time: {field: at}, tenant: {parameter: company_id, field: company}, dimensions: {company: {}, %s}, measures: {rows: {agg: count}, x: {agg: sum, field: x, type: float}, hit: {agg: count, where: 'has(text)'}}}\n", sourceName, at, dimensionsYAML())
	for _, parameter := range []string{"company_id", "company_schema", "dbName", "tenant"} {
		fmt.Fprintf(&b, "  by_%s: {like: posts, tenant: {parameter: %s, field: company, pattern: '(?s).*'}}\n", parameter, parameter)
	}
	widgets := func(dataset string) string {
		return fmt.Sprintf("{feed: {kind: feed, dataset: %[1]s, dimensions: [company, id], sort: [id], page_size: 500, total: true}, top: {kind: breakdown, dataset: %[1]s, dimension: text, measures: [rows, x], top: 3, others: true}}", dataset)
	}
	b.WriteString("pages:\n")
	for _, dataset := range []string{"posts", "by_company_id", "by_company_schema", "by_dbName", "by_tenant"} {
		page := dataset
		if dataset == "posts" {
			page = "P"
		}
		fmt.Fprintf(&b, "  %s: {widgets: %s}\n", page, widgets(dataset))
	}
	return b.String()
}

// parameter is a place of a request that an attack can stand in; template has it as %s. asks says that a plain text gets as far as a store.
type parameter struct {
	name, page, template string
	asks                 bool
}

func parameters() []parameter {
	data := func(fields string) string {
		return `{"eventName":"explore_go_dispatcher","eventData":{"routing_key":"r","start_date":"2002-04-01","end_date":"2002-06-01",` + fields + `}}`
	}
	acme := func(fields string) string { return data(`"company_id":"acme",` + fields) }
	var out []parameter
	add := func(name, page, template string, asks bool) { out = append(out, parameter{name, page, template, asks}) }
	add("filter, every operator", "P", acme(`"filters":{"or":[{"text":{"eq":%[1]s}},{"text":{"contains":%[1]s}},{"author":{"prefix":%[1]s}},{"keyword":{"in":[%[1]s,"zz"]}},{"and":[{"text":{"gt":%[1]s}},{"text":{"lte":%[1]s}}]}]}`), true)
	add("filter, explicit and negated", "P", acme(`"filters":[{"not":[{"member":"text","operator":"equals","values":[%[1]s]}]},{"member":"keyword","operator":"notContains","values":[%[1]s]},{"member":"channel","operator":"notIn","values":[%[1]s,"web"]}]`), true)
	add("company_id of any name", "by_company_id", data(`"company_id":%[1]s`), true)
	// What becomes of these is what becomes of the one above: the value of the same comparison.
	add("company_schema of any name", "by_company_schema", data(`"company_schema":%[1]s`), false)
	add("dbName of any name", "by_dbName", data(`"dbName":%[1]s`), false)
	for name, fields := range map[string]string{
		"company_id": `"company_id":%[1]s`, "filters": `"company_id":"acme","filters":%[1]s`, "filters in a list": `"company_id":"acme","filters":[%[1]s]`,
		"filter bare": `"company_id":"acme","filters":{"text":%[1]s}`, "filter of a number": `"company_id":"acme","filters":{"n":{"gte":%[1]s}}`,
		"filter of a boolean": `"company_id":"acme","filters":{"flag":[%[1]s]}`, "filter of a time": `"company_id":"acme","filters":{"at":{"lt":%[1]s}}`,
		"filter of a float": `"company_id":"acme","filters":{"x":{"in":[%[1]s,1]}}`, "range": `"company_id":"acme","filters":{"n":{"range":[%[1]s,%[1]s]}}`,
		"exists": `"company_id":"acme","filters":{"text":{"exists":%[1]s}}`, "explicit member": `"company_id":"acme","filters":[{"member":%[1]s,"operator":"eq","values":["a"]}]`,
		"explicit operator": `"company_id":"acme","filters":[{"member":"text","operator":%[1]s,"values":["a"]}]`, "explicit values": `"company_id":"acme","filters":[{"member":"text","operator":"in","values":%[1]s}]`,
		"timezone": `"company_id":"acme","timezone":%[1]s`, "language": `"company_id":"acme","language":%[1]s`, "selected_widgets": `"company_id":"acme","selected_widgets":[%[1]s]`,
		"selected_widgets itself": `"company_id":"acme","selected_widgets":%[1]s`, "page_number": `"company_id":"acme","page_number":%[1]s`, "data_source": `"company_id":"acme","data_source":%[1]s`,
		"data_source_name": `"company_id":"acme","data_source_name":%[1]s`, "monitor_id": `"company_id":"acme","monitor_id":%[1]s`, "metrics": `"company_id":"acme","metrics":%[1]s`,
		"sort": `"company_id":"acme","sort":%[1]s,"order":%[1]s`, "limit": `"company_id":"acme","limit":%[1]s,"offset":%[1]s`, "product": `"company_id":"acme","product":%[1]s`,
		"page_name": `"company_id":"acme","page_name":%[1]s`, "metadata": `"company_id":"acme","metadata":%[1]s`, "request_id": `"company_id":"acme","request_id":%[1]s`,
		"widget_names_mapping": `"company_id":"acme","widget_names_mapping":{"feed":%[1]s}`, "an unknown key": `"company_id":"acme","tenant":%[1]s,"company":%[1]s,"$where":%[1]s`,
	} {
		add(name, "P", data(fields), false)
	}
	for _, key := range []string{"start_date", "end_date"} {
		add(key, "P", `{"eventName":"explore_go_dispatcher","eventData":{"company_id":"acme","`+key+`":%[1]s}}`, false)
	}
	slices.SortFunc(out, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return out
}

// rejected are the reasons for which a request with an attack in it may be refused.
func rejected() []string {
	return []string{
		models.ReasonBadJSON, models.ReasonBadUTF8, models.ReasonTooLarge, models.ReasonTooDeep, models.ReasonBadType, models.ReasonBadDate, models.ReasonBadRange,
		models.ReasonUnknownMember, models.ReasonUnknownOperator, models.ReasonBadValue, models.ReasonMissingTenant, models.ReasonForbiddenName, models.ReasonNoEventData,
	}
}

// Every attack through every parameter ends in a refusal, or is a plain value: the answer is that of plain Go, without a row of another
// company; the store holds what it held; and the statement is the same whatever the attack.
func TestAttacks(t *testing.T) {
	t.Parallel()
	all := corpus(t)
	s := attacked(all)
	stores, plain := openBenches(t, s, "duckdb", "mongodb", "cassandra", "minio/parquet", "versitygw/json", "trino", "http"), oracle(sourcetest.NewPlain(s.rows))
	before := make(map[string][]string)
	for _, b := range stores {
		before[b.name] = b.placed.holds(t)
	}
	lab := newAttackLab(t, plain, stores)
	places := parameters()
	thorough := os.Getenv(envCases) != ""
	var next atomic.Int64
	var attackers sync.WaitGroup
	for range 4 {
		attackers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
				turn := 0
				for _, p := range places {
					if p.asks {
						// Each attack gets to the stores by one of the parameters, in turn; in a nightly run by all of them.
						p.asks = thorough || turn%3 == i%3
						turn++
					}
					lab.attack(&all[i], p, i%4 == 0)
				}
			}
		})
	}
	attackers.Wait()
	for _, b := range stores {
		if after := b.placed.holds(t); !slices.Equal(after, before[b.name]) {
			t.Errorf("%s held\n%v\nand holds\n%v", b.name, before[b.name], after)
		}
		for template, texts := range lab.statements[b.name] {
			// A pattern without regard to case has one of two options.
			if len(texts) > 2 {
				t.Errorf("%s: %s has %d statements, one of which is\n%s", b.name, template, len(texts), texts[len(texts)-1])
			}
		}
	}
	t.Logf("%d attacks through %d parameters: %d refused, %d answered as plain Go, of which %d on the stores (each third on the slow ones of %d)", len(all), len(parameters()),
		lab.refused.Load(), lab.answered.Load(), lab.asked.Load(), len(stores))
	if n := lab.asked.Load(); n < 300 {
		t.Errorf("only %d requests got as far as a store", n)
	}
}

// attackLab runs attacks and counts how they end.
type attackLab struct {
	t          *testing.T
	plain      *bench
	stores     []*bench
	catalogs   map[string]*catalog.Catalog
	mu         sync.Mutex
	statements map[string]map[string][]string // store → template → texts
	refused    atomic.Int64
	answered   atomic.Int64
	asked      atomic.Int64
}

func newAttackLab(t *testing.T, plain *bench, stores []*bench) *attackLab {
	t.Helper()
	lab := &attackLab{t: t, plain: plain, stores: stores, catalogs: make(map[string]*catalog.Catalog), statements: make(map[string]map[string][]string)}
	for _, b := range append([]*bench{plain}, stores...) {
		c, err := b.catalog(attackCatalog)
		if err != nil {
			t.Fatal(b.name, err)
		}
		lab.catalogs[b.name], lab.statements[b.name] = c, make(map[string][]string)
	}
	return lab
}

// attack sends one attack through one parameter; explained says that the statements are looked at, too.
func (l *attackLab) attack(a *attack, p parameter, explained bool) {
	l.t.Helper()
	payload := strings.ReplaceAll(p.template, "%[1]s", a.raw(l.t))
	where := fmt.Sprintf("%s %.80q through %s", a.Kind, a.raw(l.t), p.name)
	req, err := models.Decoder{}.Decode(payload)
	if err != nil {
		l.refusal(where, err)
		return
	}
	if a.Expect == "malformed" {
		l.t.Errorf("%s was decoded", where)
	}
	now := time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC)
	ctx := l.t.Context()
	want, _, err := l.plain.askPage(ctx, l.catalogs[l.plain.name], p.page, req, now)
	if err != nil {
		l.refusal(where, err)
		return
	}
	l.answered.Add(1)
	company := req.Tenant()
	l.isolated(where, "plain Go", company, want)
	if !p.asks {
		return // the store gets what other attacks get: a plan without a trace of this one, or with a value of its own type
	}
	// A slow store gets each third, but in a nightly run.
	third := l.asked.Add(1)%3 == 0 || os.Getenv(envCases) != ""
	var wg sync.WaitGroup
	for _, b := range l.stores {
		if b.slow && !third {
			continue
		}
		wg.Go(func() {
			got, plan, err := b.askPage(ctx, l.catalogs[b.name], p.page, req, now)
			if err != nil {
				l.t.Errorf("%s: %s: %v", b.name, where, err)
				return
			}
			l.isolated(where, b.name, company, got)
			for id, w := range want {
				if g := got[id]; g.fault != w.fault || !equal(g.data, w.data, nil) {
					l.t.Errorf("%s: %s, %s:\ngot  %s\nwant %s", b.name, where, id, clipped(told(g)), clipped(told(w)))
				}
			}
			for i := range plan.Widgets {
				if !explained {
					break
				}
				w := &plan.Widgets[i]
				for _, step := range w.Steps {
					list, err := b.engine.Explain(ctx, step)
					if err != nil {
						l.t.Errorf("%s: explain %s: %v", b.name, where, err)
					}
					for _, e := range list {
						l.statement(b.name, p.name+" "+w.ID, e.Native.Text)
					}
				}
			}
		})
	}
	wg.Wait()
}

func (l *attackLab) statement(store, template, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.statements[store][template], text) {
		l.statements[store][template] = append(l.statements[store][template], text)
	}
}

// refusal checks that a request was refused for one of the known reasons.
func (l *attackLab) refusal(where string, err error) {
	l.t.Helper()
	l.refused.Add(1)
	var e *fault.Error
	if !errors.As(err, &e) || e.Class != fault.Reject || !slices.Contains(rejected(), e.Reason) {
		l.t.Errorf("%s: %v", where, err)
	}
}

// isolated checks that an answer has only the company's own rows.
func (l *attackLab) isolated(where, store, company string, got map[string]outcome) {
	l.t.Helper()
	if strangers := strangersIn(company, got); len(strangers) > 0 {
		l.t.Errorf("%s: %s: %s sees rows of %v", store, where, company, strangers)
	}
}

// strangersIn returns the companies of an answer that are not the one that asked.
func strangersIn(company string, got map[string]outcome) (out []any) {
	data := got["feed"].data
	columns := columnsOf(data)
	if i := slices.Index(namesOf(data), "company"); i >= 0 {
		for _, c := range columns[i] {
			if c != company && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// unfiltered is a source that has lost the tenant.
type unfiltered struct{ source.Source }

func (u unfiltered) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	lost := *q
	lost.Tenant = nil
	return u.Source.Query(ctx, &lost)
}

// The check of isolation notices a query without its tenant.
func TestTheCheckOfIsolationNoticesALostTenant(t *testing.T) {
	t.Parallel()
	s := attacked(corpus(t))
	p, err := models.Decoder{}.Decode(`{"eventName":"explore_go_dispatcher","eventData":{"company_id":"acme","start_date":"2002-04-01","end_date":"2002-06-01"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]source.Source{"kept": sourcetest.NewPlain(s.rows), "lost": unfiltered{sourcetest.NewPlain(s.rows)}} {
		b := oracle(src)
		c, err := b.catalog(attackCatalog)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := b.askPage(t.Context(), c, "P", p, time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		if strangers := strangersIn("acme", got); slices.Contains(strangers, any(canary)) != (name == "lost") {
			t.Errorf("a tenant that is %s shows rows of %v", name, strangers)
		}
	}
}
