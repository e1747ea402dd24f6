package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return out.UTC()
}

// TestWindows: windows touch, the last ends with the range or now, and days stay days where the clock changes.
func TestWindows(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	month := query.Range{From: at(t, "2002-09-01T00:00:00Z"), To: at(t, "2002-10-01T00:00:00Z")}
	for name, c := range map[string]struct {
		zone  *time.Location
		rng   query.Range
		trend catalog.Trend
		now   string
		want  []string // the edges, the oldest first
	}{
		"the range itself": {time.UTC, month, catalog.Trend{History: 2}, "2003-01-01T00:00:00Z",
			[]string{"2002-07-03T00:00:00Z", "2002-08-02T00:00:00Z", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z"}},
		"its last week": {time.UTC, month, catalog.Trend{History: 2, Window: catalog.Week}, "2003-01-01T00:00:00Z",
			[]string{"2002-09-10T00:00:00Z", "2002-09-17T00:00:00Z", "2002-09-24T00:00:00Z", "2002-10-01T00:00:00Z"}},
		"as far as it has come": {time.UTC, month, catalog.Trend{History: 1, Window: catalog.Day}, "2002-09-20T10:30:40Z",
			[]string{"2002-09-18T10:30:00Z", "2002-09-19T10:30:00Z", "2002-09-20T10:30:00Z"}},
		"longer than the range": {time.UTC, query.Range{From: month.From, To: month.From.AddDate(0, 0, 2)}, catalog.Trend{History: 1, Window: catalog.Week}, "2003-01-01T00:00:00Z",
			[]string{"2002-08-30T00:00:00Z", "2002-09-01T00:00:00Z", "2002-09-03T00:00:00Z"}},
		"the clock put back": {berlin, query.Range{From: at(t, "2002-10-25T22:00:00Z"), To: at(t, "2002-10-28T23:00:00Z")}, catalog.Trend{History: 2, Window: catalog.Day}, "2003-01-01T00:00:00Z",
			[]string{"2002-10-25T22:00:00Z", "2002-10-26T22:00:00Z", "2002-10-27T23:00:00Z", "2002-10-28T23:00:00Z"}},
		"a range that has not begun": {time.UTC, month, catalog.Trend{History: 1}, "2002-08-01T00:00:00Z",
			[]string{"2002-08-02T00:00:00Z", "2002-09-01T00:00:00Z", "2002-10-01T00:00:00Z"}},
	} {
		got := calendar{zone: c.zone}.windows(c.rng, c.trend, at(t, c.now))
		edges := []time.Time{got[0].From}
		for i, w := range got {
			if i > 0 && !w.From.Equal(got[i-1].To) {
				t.Errorf("%s: window %d begins at %s, the one before ends at %s", name, i, w.From, got[i-1].To)
			}
			edges = append(edges, w.To)
		}
		want := make([]time.Time, len(c.want))
		for i := range want {
			want[i] = at(t, c.want[i])
		}
		if diff := cmp.Diff(want, edges); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func askedOf(t *testing.T, page, widget, filters string) *Widget {
	t.Helper()
	cat := posts(t)
	p, err := Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{widget}, Filters: []byte(filters)},
		cat.Pages[page], cat, at(t, "2003-01-01T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Widgets[0].Err; err != nil {
		t.Fatal(err)
	}
	return &p.Widgets[0]
}

// TestTrendIsOneQuery: all windows are measures of one query over all of them, restricted by tenant and filters, with the most frequent terms first; the samples
// are asked for by the terms and the times that are shown.
func TestTrendIsOneQuery(t *testing.T) {
	t.Parallel()
	w := askedOf(t, "TopTrendsPage", "rising_keywords", `{"channel":["fork"]}`)
	if len(w.Steps) != 1 || len(w.Windows) != 9 {
		t.Fatalf("%d steps, %d windows", len(w.Steps), len(w.Windows))
	}
	q := w.Steps[0].Query
	if want := (query.Range{From: at(t, "2002-07-30T00:00:00Z"), To: at(t, "2002-10-01T00:00:00Z")}); q.Range != want || q.Tenant == nil || q.Where == nil {
		t.Errorf("range %v, tenant %v, where %v", q.Range, q.Tenant, q.Where)
	}
	if got, want := q.Order, []query.Order{{Name: "window_9", Desc: true}}; !cmp.Equal(got, want) || q.Limit == 0 {
		t.Errorf("order %v, limit %d", got, q.Limit)
	}
	for i := range w.Windows {
		if m := q.Measures[i]; m.Name != WindowColumn(i) || m.Agg != query.Count || m.Where == nil {
			t.Errorf("window %d is %+v", i, m)
		}
	}
	for _, m := range q.Measures[len(q.Measures)-2:] {
		for _, in := range m.Plain() {
			if in.Where == nil {
				t.Errorf("%s is of all windows", m.Name)
			}
		}
	}
	step := w.Narrowed([]any{"perl"}, []time.Time{at(t, "2002-09-28T12:00:00Z")})
	if step.Role != Sample || !step.Query.Rows || step.Query.Limit == 0 || step.Query.Tenant == nil || step.Query.Range != w.Windows[8] {
		t.Errorf("samples are asked for by %+v", step)
	}
	if cmp.Equal(step.Query.Where, w.Follow.Query.Where) {
		t.Error("the samples are not narrowed")
	}
}

// TestKeynessSplitsByTheFilters: the request's filters tell the two counts apart and restrict no row; tenant and range hold for both. Without filters the range is
// compared with the one before.
func TestKeynessSplitsByTheFilters(t *testing.T) {
	t.Parallel()
	channel := query.Compare{Field: query.Field{Column: "channel", Type: query.String}, Op: query.In, Values: []any{"fork"}}
	w := askedOf(t, "ExplorePage", "related", `{"channel":["fork"]}`)
	if len(w.Steps) != 2 || w.Steps[1].Role != Total || len(w.Steps[1].Query.Groups) != 0 || w.Steps[1].Query.Limit != 0 {
		t.Fatalf("steps %+v", w.Steps)
	}
	for _, s := range w.Steps {
		q := s.Query
		if q.Where != nil || q.Tenant == nil || q.Range != w.Range {
			t.Errorf("%s: where %v, tenant %v, range %v", s.Role, q.Where, q.Tenant, q.Range)
		}
		want := []query.Measure{
			{Name: ColumnObserved, Agg: query.Count, Where: query.And{query.And{channel}}},
			{Name: ColumnBackground, Agg: query.Count, Where: query.And{query.Not{Of: query.And{channel}}}},
		}
		if diff := cmp.Diff(want, q.Measures); diff != "" {
			t.Errorf("%s: %s", s.Role, diff)
		}
	}
	before := askedOf(t, "ExplorePage", "related", "")
	if want := (query.Range{From: at(t, "2002-08-02T00:00:00Z"), To: at(t, "2002-09-01T00:00:00Z")}); before.Comparison != want ||
		before.Steps[0].Query.Range != (query.Range{From: want.From, To: before.Range.To}) {
		t.Errorf("compared with %v, read %v", before.Comparison, before.Steps[0].Query.Range)
	}
}

// TestSoughtTerms: what a request looks for is told by its filters: the term itself, or a text that is searched for; never what it excludes, nor values of other members.
func TestSoughtTerms(t *testing.T) {
	t.Parallel()
	for filters, want := range map[string][2]string{ // terms that are left out, and terms that are not
		`{"keyword":["perl"]}`:                           {"perl Perl", "perlite python"},
		`{"topics":["perl","python"]}`:                   {"perl python", "ruby"},
		`{"keyword":{"prefix":"per"}}`:                   {"perl PERSON", "superb"},
		`{"text":{"contains":"Kernel"}}`:                 {"kernel", "kernels linux"},
		`{"or":[{"keyword":"perl"},{"channel":"fork"}]}`: {"perl", "fork"},
		`{"keyword":{"not_in":["perl"]}}`:                {"", "perl"},
		`{"channel":["fork"]}`:                           {"", "fork"},
	} {
		w := askedOf(t, "ExplorePage", "related", filters)
		finds := func(term string) bool {
			return slices.ContainsFunc(w.Sought, func(s Sought) bool { return s.Finds(term) })
		}
		for term := range strings.FieldsSeq(want[0]) {
			if !finds(term) {
				t.Errorf("%s: %s is not left out", filters, term)
			}
		}
		for term := range strings.FieldsSeq(want[1]) {
			if finds(term) {
				t.Errorf("%s: %s is left out", filters, term)
			}
		}
	}
}
