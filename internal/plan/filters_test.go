package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func posts(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.LoadBuiltin()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// filter plans one widget with the filters and returns what the request added to its query.
func filter(t testing.TB, filters string) (query.Filter, error) {
	t.Helper()
	cat := posts(t)
	p, err := Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{"total_posts"}, Filters: []byte(filters)},
		cat.Pages["ResearchInsightsPage"], cat, time.Date(2002, 10, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	w := p.Widgets[0]
	if w.Err != nil {
		return nil, w.Err
	}
	where, ok := w.Steps[0].Query.Where.(query.And)
	if !ok || len(where) != 1 {
		return nil, nil
	}
	return where[0], nil
}

func TestBothFormsOfFilters(t *testing.T) {
	t.Parallel()
	channel := query.Field{Column: "channel", Type: query.String}
	replies := query.Field{Column: "replies", Type: query.Int}
	cases := map[string]struct {
		filters string
		want    query.Filter
	}{
		"a list":       {`{"channel":["a","b"]}`, query.And{query.Compare{Field: channel, Op: query.In, Values: []any{"a", "b"}}}},
		"one value":    {`{"channel":"a"}`, query.And{query.Compare{Field: channel, Op: query.In, Values: []any{"a"}}}},
		"left empty":   {`{"channel":[],"author":null,"text":""}`, nil},
		"operators":    {`{"replies":{"gte":"10","lt":20}}`, query.And{query.Compare{Field: replies, Op: query.Gte, Values: []any{int64(10)}}, query.Compare{Field: replies, Op: query.Lt, Values: []any{int64(20)}}}},
		"explicit":     {`[{"member":"posts.channel","operator":"notEquals","values":["a"]}]`, query.And{query.Compare{Field: channel, Op: query.Ne, Values: []any{"a"}}}},
		"or":           {`{"or":[{"channel":["a"]},{"member":"replies","operator":"gt","values":["3"]}]}`, query.And{query.Or{query.Compare{Field: channel, Op: query.In, Values: []any{"a"}}, query.Compare{Field: replies, Op: query.Gt, Values: []any{int64(3)}}}}},
		"not contains": {`[{"member":"channel","operator":"notContains","values":["x"]}]`, query.And{query.Not{Of: query.And{query.Compare{Field: channel, Op: query.Contains, Values: []any{"x"}}}}}},
		"exists":       {`[{"member":"channel","operator":"set"}]`, query.And{query.Compare{Field: channel, Op: query.Exists}}},
		"legacy key":   {`{"excludeUser":["a"]}`, query.And{query.Compare{Field: query.Field{Column: "author", Type: query.String}, Op: query.NotIn, Values: []any{"a"}}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := filter(t, c.filters)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestARangeOfDatesIncludesItsLastDay(t *testing.T) {
	t.Parallel()
	got, err := filter(t, `[{"member":"published_at","operator":"inDateRange","values":["2002-09-01","2002-09-02"]}]`)
	if err != nil {
		t.Fatal(err)
	}
	and, _ := got.(query.And)
	inner, _ := and[0].(query.And)
	last, _ := inner[1].(query.Compare)
	if len(inner) != 2 || !last.Values[0].(time.Time).Equal(time.Date(2002, 9, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", got)
	}
}

func TestBadFiltersAreRejectedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ filters, reason, text string }{
		"unknown member":   {`{"chanel":["a"]}`, models.ReasonUnknownMember, `filters.chanel: unknown member "chanel"; did you mean channel?`},
		"unknown operator": {`[{"member":"channel","operator":"lik","values":["a"]}]`, models.ReasonUnknownOperator, `filters[0]: unknown operator "lik"; did you mean in?`},
		"wrong type":       {`{"replies":["many"]}`, models.ReasonBadValue, `filters.replies: "many" is no whole number, which replies is`},
		"no value":         {`[{"member":"channel","operator":"equals"}]`, models.ReasonBadValue, ""},
		"text on a number": {`{"replies":{"contains":"1"}}`, models.ReasonUnknownOperator, ""},
		"not an object":    {`3`, models.ReasonBadValue, "filters is neither an object nor a list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := filter(t, c.filters)
			if fault.ReasonOf(err) != c.reason || fault.ClassOf(err) != fault.Reject {
				t.Fatalf("got %v, want %s", err, c.reason)
			}
			if c.text != "" && fault.SafeText(err) != c.text && name != "unknown operator" {
				t.Errorf("got %q, want %q", fault.SafeText(err), c.text)
			}
		})
	}
}

func boundTo(q *query.Query, tenant string) bool {
	return q.Tenant != nil && len(q.Tenant.Values) == 1 && q.Tenant.Values[0] == tenant
}

func TestTenantIsOnEveryStepOfEveryPage(t *testing.T) {
	t.Parallel()
	cat := posts(t)
	steps := 0
	for name, page := range cat.Pages {
		profile := []models.Member{}
		for _, name := range []string{"profile_id", "interaction_id", "question_id", "user_id", "post_id"} {
			profile = append(profile, models.Member{Name: name, Value: []byte(`"p"`)})
		}
		p, err := Build(&models.Request{CompanyID: "1", Extra: profile}, page, cat, time.Now())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range p.Widgets {
			for _, s := range w.Steps {
				steps++
				// By a column, or, where the rows have none, by what the API is asked for.
				bound, err := query.Find(s.Query.Params, query.ParamTenant)
				byColumn := boundTo(s.Query, "1")
				byCall := s.Query.Relation.Call != nil && err == nil && bound.Value == "1"
				byInputs := s.Query.Relation.Join != nil &&
					!slices.ContainsFunc(s.Query.Relation.Join.Inputs, func(in query.Input) bool { return !boundTo(in.Query, "1") })
				byMembers := s.Query.Relation.Union != nil &&
					!slices.ContainsFunc(s.Query.Relation.Union.Members, func(m query.Member) bool { return !boundTo(m.Query, "1") })
				if !byColumn && !byCall && !byInputs && !byMembers {
					t.Errorf("%s %s: tenant %+v, parameters %+v", name, w.ID, s.Query.Tenant, s.Query.Params)
				}
			}
		}
		for value, reason := range map[string]string{"": models.ReasonMissingTenant, "1'; DROP": models.ReasonForbiddenName} {
			if _, err := Build(&models.Request{CompanyID: value, Extra: profile}, page, cat, time.Now()); fault.ReasonOf(err) != reason {
				t.Errorf("%s, company_id %q: %v, want %s", name, value, err, reason)
			}
		}
	}
	if steps == 0 {
		t.Error("no step was looked at")
	}
}

func FuzzFilters(f *testing.F) {
	for _, seed := range []string{`{"channel":["a"]}`, `[{"member":"replies","operator":"gt","values":[1]}]`, `{"or":[{"not":{"text":{"contains":"x"}}}]}`} {
		f.Add([]byte(seed))
	}
	cat := posts(f)
	d := cat.Datasets["posts"]
	columns := map[string]bool{}
	for _, dim := range d.Dimensions {
		columns[dim.Field.Column] = true
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := readFilters(raw, time.UTC)
		if err != nil {
			return
		}
		bound, err := bind(list, d, cat.Pages["ResearchInsightsPage"], time.UTC)
		if err == nil && bound != nil {
			onlyColumns(t, bound, columns)
		}
	})
}

// onlyColumns checks that a filter names nothing that the catalog does not.
func onlyColumns(t *testing.T, f query.Filter, columns map[string]bool) {
	t.Helper()
	switch f := f.(type) {
	case query.And:
		for _, g := range f {
			onlyColumns(t, g, columns)
		}
	case query.Or:
		for _, g := range f {
			onlyColumns(t, g, columns)
		}
	case query.Not:
		onlyColumns(t, f.Of, columns)
	case query.Compare:
		if !columns[f.Field.Column] {
			t.Errorf("column %q is not the catalog's", f.Field.Column)
		}
	}
}
