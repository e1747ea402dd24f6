package plan

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// sharing has every dataset of a catalog share its answers, and returns which of them belong to tenants.
func sharing(cat *catalog.Catalog) map[string]bool {
	owned := make(map[string]bool)
	for _, d := range cat.Datasets {
		d.Share = &catalog.Share{FreshFor: time.Minute, StaleFor: time.Hour}
	}
	for _, d := range cat.Datasets {
		owned[d.Name] = isOwned(d)
	}
	return owned
}

func isOwned(d *catalog.Dataset) bool {
	if d.Tenant != nil {
		return true
	}
	for _, in := range d.Inputs() {
		if isOwned(in.Dataset) {
			return true
		}
	}
	return false
}

// asks calls f with each query of a page that is asked of a source, those of joins and unions included.
func asks(t *testing.T, cat *catalog.Catalog, page *catalog.Page, tenant string, f func(widget string, q *query.Query)) {
	t.Helper()
	req := &models.Request{
		CompanyID: tenant, CompanySchema: tenant, DBName: tenant, StartDate: "2002-09-01", EndDate: "2002-09-03", Language: "en",
	}
	for _, name := range []string{"profile_id", "interaction_id", "question_id", "user_id", "post_id"} {
		req.Extra = append(req.Extra, models.Member{Name: name, Value: []byte(`"p"`)})
	}
	p, err := Build(req, page, cat, time.Date(2002, 10, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatalf("%s: %v", page.Key, err)
	}
	for i := range p.Widgets {
		for _, step := range p.Widgets[i].Asked() {
			f(p.Widgets[i].ID, step.Query)
			if j := step.Query.Relation.Join; j != nil {
				for _, in := range j.Inputs {
					f(p.Widgets[i].ID, in.Query)
				}
			}
			if u := step.Query.Relation.Union; u != nil {
				for _, m := range u.Members {
					f(p.Widgets[i].ID, m.Query)
				}
			}
		}
	}
}

// TestTenantsShareNoAnswer: whatever page two tenants open, no question of one has a key of the other's, and each says whose it is; what belongs to nobody is the same for both.
func TestTenantsShareNoAnswer(t *testing.T) {
	t.Parallel()
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	owned := sharing(cat)
	keys := make(map[query.Key]string)
	asked, common := 0, 0
	for _, page := range cat.Pages {
		asks(t, cat, page, "17", func(widget string, q *query.Query) {
			if q.Share != nil && owned[q.Dataset] {
				keys[q.Key()] = page.Key.String() + " " + widget
				if q.Share.Tenant != "17" {
					t.Errorf("%s %s is of tenant %q", page.Key, widget, q.Share.Tenant)
				}
			}
		})
	}
	for _, page := range cat.Pages {
		asks(t, cat, page, "18", func(widget string, q *query.Query) {
			asked++
			switch of, ok := keys[q.Key()]; {
			case ok && owned[q.Dataset]:
				t.Errorf("%s %s of one tenant has the key of %s of another", page.Key, widget, of)
			case q.Share != nil && !owned[q.Dataset]:
				common++
				if q.Share.Tenant != "" {
					t.Errorf("%s %s, of nobody's rows, is of tenant %q", page.Key, widget, q.Share.Tenant)
				}
			}
			// Not by the name alone: what restricts the rows tells them apart, too.
			nameless := *q
			nameless.Share = nil
			if of, ok := keys[nameless.Key()]; ok {
				t.Errorf("%s %s has the key of %s", page.Key, widget, of)
			}
		})
	}
	if asked < 300 || len(keys) < 100 {
		t.Errorf("only %d questions with %d keys, %d of nobody's rows", asked, len(keys), common)
	}
}

// TestRulesTellAnswersApart: a row filter, a tenant's restriction and a version of a rule are in the key of what is shared.
func TestRulesTellAnswersApart(t *testing.T) {
	t.Parallel()
	const text = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts: {source: s, files: posts.parquet, tenant: TENANT, share: {fresh_for: 10s}, dimensions: {company: {}, secret: {type: bool}, text: {mask: true}}, measures: {n: {agg: count}}, row_filter: "FILTER"}
pages:
  P: {dataset: posts, widgets: {n: {kind: stat, measures: [n]}, list: {kind: feed, dimensions: [company]}, private: {kind: feed, dimensions: [company, text]}}}
`
	of := func(tenant, rule, widget, company string) *query.Query {
		t.Helper()
		written := strings.NewReplacer("TENANT", tenant, "FILTER", rule).Replace(text)
		cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(written)}}, "c.yaml")
		if err != nil {
			t.Fatal(err)
		}
		var out *query.Query
		asks(t, cat, cat.Pages["P"], company, func(w string, q *query.Query) {
			if w == widget {
				out = q
			}
		})
		return out
	}
	const bound, rule = "{parameter: company_id, field: company}", "secret == false"
	keys := make(map[query.Key]string)
	for name, q := range map[string]*query.Query{
		"a tenant": of(bound, rule, "n", "17"), "another": of(bound, rule, "n", "18"), "no tenant": of("none", rule, "n", "17"),
		"another rule": of(bound, "secret == true", "n", "17"), "a column of another type": of("{parameter: company_id, field: company, type: int}", rule, "n", "17"),
	} {
		if q.Share == nil || q.Share.FreshFor != 10*time.Second {
			t.Errorf("%s is not shared", name)
		}
		if other, ok := keys[q.Key()]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		keys[q.Key()] = name
	}
	once, again := of(bound, rule, "n", "17"), of(bound, rule, "n", "17")
	if once.Key() != again.Key() {
		t.Error("a question has two keys")
	}
	if of(bound, rule, "list", "17").Share == nil {
		t.Error("rows are not shared")
	}
	if of(bound, rule, "private", "17").Share != nil {
		t.Error("texts that are masked where they are shown are kept as they are")
	}
}
