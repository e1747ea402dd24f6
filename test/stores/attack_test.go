package stores

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

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
	var next atomic.Int64
	var attackers sync.WaitGroup
	for range 4 {
		attackers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
				for _, p := range places {
					lab.attack(&all[i], p, i)
				}
			}
		})
	}
	attackers.Wait()
	lab.together(places)
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
		for _, p := range places {
			if n := lab.reached[b.name][p.name]; p.asks && n < fewestAttacks {
				t.Errorf("%s: %d attacks got there through %s, want at least %d", b.name, n, p.name, fewestAttacks)
			}
		}
	}
	t.Logf("%d attacks through %d parameters: %d refused, %d answered as plain Go; by store and parameter %v", len(all), len(places), lab.refused.Load(), lab.answered.Load(), lab.reached)
}

// fewestAttacks get to every store through each parameter that leads there.
const fewestAttacks = 200

// attackLab runs attacks and counts how they end.
type attackLab struct {
	t          *testing.T
	plain      *bench
	stores     []*bench
	thorough   bool
	catalogs   map[string]*catalog.Catalog
	mu         sync.Mutex
	statements map[string]map[string][]string // store → template → texts
	reached    map[string]map[string]int      // store → parameter → attacks
	waiting    map[string][]string            // parameter → attacks that go together
	refused    atomic.Int64
	answered   atomic.Int64
}

func newAttackLab(t *testing.T, plain *bench, stores []*bench) *attackLab {
	t.Helper()
	lab := &attackLab{
		t: t, plain: plain, stores: stores, thorough: os.Getenv(envCases) != "", catalogs: make(map[string]*catalog.Catalog),
		statements: make(map[string]map[string][]string), reached: make(map[string]map[string]int), waiting: make(map[string][]string),
	}
	for _, b := range append([]*bench{plain}, stores...) {
		c, err := b.catalog(attackCatalog)
		if err != nil {
			t.Fatal(b.name, err)
		}
		lab.catalogs[b.name], lab.statements[b.name], lab.reached[b.name] = c, make(map[string][]string), make(map[string]int)
	}
	return lab
}

// attack sends one attack, the i-th, through one parameter.
func (l *attackLab) attack(a *attack, p parameter, i int) {
	l.t.Helper()
	raw := a.raw(l.t)
	where := fmt.Sprintf("%s %.80q through %s", a.Kind, raw, p.name)
	req, err := models.Decoder{}.Decode(p.request(raw))
	if err != nil {
		l.refusal(where, err)
		return
	}
	if a.Expect == "malformed" {
		l.t.Errorf("%s was decoded", where)
	}
	want, ok := l.wanted(where, p, req)
	if !ok || !p.asks {
		return // the store gets what other attacks get: a plan without a trace of this one, or with a value of its own type
	}
	counted := 1
	if p.joins() && a.Expect == "plain" {
		counted = 0 // it is when it goes together with others
		l.mu.Lock()
		l.waiting[p.name] = append(l.waiting[p.name], raw)
		l.mu.Unlock()
	}
	var stores []*bench
	for _, b := range l.stores {
		if l.thorough || p.alone(i, b.slow) {
			stores = append(stores, b)
		}
	}
	l.ask(where, p, req, want, stores, counted, i%4 == 0)
}

// together sends what waits, several attacks in one request.
func (l *attackLab) together(places []parameter) {
	const atOnce = 12
	for _, p := range places {
		for some := range slices.Chunk(l.waiting[p.name], atOnce) {
			where := fmt.Sprintf("%d attacks from %.80q through %s", len(some), some[0], p.name)
			req, err := models.Decoder{}.Decode(p.request(some...))
			if err != nil {
				l.t.Errorf("%s: %v", where, err)
				continue
			}
			if want, ok := l.wanted(where, p, req); ok {
				l.ask(where, p, req, want, l.stores, len(some), false)
			}
		}
	}
}

// attackedAt is when requests are made.
func attackedAt() time.Time { return time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC) }

// wanted is the answer of plain Go; false where the request is refused.
func (l *attackLab) wanted(where string, p parameter, req *models.Request) (map[string]outcome, bool) {
	want, _, err := l.plain.askPage(l.t.Context(), l.catalogs[l.plain.name], p.page, req, attackedAt())
	if err != nil {
		l.refusal(where, err)
		return nil, false
	}
	l.answered.Add(1)
	l.isolated(where, "plain Go", req.Tenant(), want)
	return want, true
}

// ask compares the answers of stores with the wanted one; explained says that the statements are looked at, too.
func (l *attackLab) ask(where string, p parameter, req *models.Request, want map[string]outcome, stores []*bench, attacks int, explained bool) {
	l.t.Helper()
	var wg sync.WaitGroup
	for _, b := range stores {
		wg.Go(func() {
			got, plan, err := b.askPage(l.t.Context(), l.catalogs[b.name], p.page, req, attackedAt())
			if err != nil {
				l.t.Errorf("%s: %s: %v", b.name, where, err)
				return
			}
			l.isolated(where, b.name, req.Tenant(), got)
			for id, w := range want {
				if g := got[id]; g.fault != w.fault || !equal(g.data, w.data, nil) {
					l.t.Errorf("%s: %s, %s:\ngot  %s\nwant %s", b.name, where, id, clipped(told(g)), clipped(told(w)))
				}
			}
			l.mu.Lock()
			l.reached[b.name][p.name] += attacks
			l.mu.Unlock()
			if explained {
				l.explain(where, b, p, plan)
			}
		})
	}
	wg.Wait()
}

// explain keeps the statements that a store would be sent.
func (l *attackLab) explain(where string, b *bench, p parameter, asked *plan.Plan) {
	for i := range asked.Widgets {
		w := &asked.Widgets[i]
		for _, step := range w.Steps {
			list, err := b.engine.Explain(l.t.Context(), step)
			if err != nil {
				l.t.Errorf("%s: explain %s: %v", b.name, where, err)
			}
			for _, e := range list {
				l.statement(b.name, p.name+" "+w.ID, e.Native.Text)
			}
		}
	}
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
