package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const open = `
version: 1
sources: {local: {kind: duckdb}}
datasets:
  posts:
    source: local
    files: posts.parquet
    time: {field: at}
    tenant: {parameter: company_id, field: company}
    row_filter: kind != "spam"
    limits: {rows: 500}
    dimensions:
      at: {type: time}
      hour: {type: time, field: at, part: hour}
      edited: {type: time}
      channel: {}
      author: {}
      kind: {hidden: true}
      private: {type: bool}
      text: {mask: true}
      likes: {type: int}
      tags: {multi: true}
    measures:
      volume: {agg: count}
      authors: {agg: count_distinct, field: author}
      rate: {formula: authors / volume}
  other:
    source: local
    files: other.parquet
    tenant: none
    dimensions: {name: {}}
    measures: {n: {agg: count}}
  secret: {like: other}
pages:
  Open:
    dataset: posts
    filters: [channel, likes, at]
    custom: {datasets: [posts, other], where: {posts: "!private"}}
    parameters: {author: {dimension: author, datasets: {other: name}}}
    widgets:
      total: {kind: stat, measures: [volume], compare: prior_period}
      top: {kind: breakdown, dimension: channel, measures: [volume]}
  Shut: {dataset: posts, widgets: {total: {kind: stat, measures: [volume]}}}
`

func openCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(open)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// ask plans a page with metrics in September 2002, seen from its 15th.
func ask(t testing.TB, page, metrics string, change ...func(*models.Request)) (*Plan, error) {
	t.Helper()
	cat := openCatalog(t)
	req := &models.Request{CompanyID: "7", StartDate: "2002-09-01", EndDate: "2002-09-30", Metrics: []byte(metrics)}
	for _, c := range change {
		c(req)
	}
	return Build(req, cat.Pages[page], cat, time.Date(2002, 9, 15, 12, 0, 0, 0, time.UTC))
}

func one(t *testing.T, metrics string, change ...func(*models.Request)) *Widget {
	t.Helper()
	p, err := ask(t, "Open", `{"w1":`+metrics+`}`, change...)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Widgets) != 1 || p.Widgets[0].ID != "w1" {
		t.Fatalf("%+v", p.Widgets)
	}
	return &p.Widgets[0]
}

// TestDescribedAsTheCatalogWould: a described widget's query is that of a catalog's widget that says the same, but for the condition that the page
// has for it: tenant, row filter, limits and parameters are there without being asked for.
func TestDescribedAsTheCatalogWould(t *testing.T) {
	t.Parallel()
	author := func(r *models.Request) {
		r.Extra, r.Filters = []models.Member{{Name: "author", Value: []byte(`"a"`)}}, []byte(`{"channel":"mail"}`)
	}
	for _, test := range []struct{ catalog, sent string }{
		{`{kind: stat, measures: [volume, rate]}`, `{"measures":["volume","posts.rate"]}`},
		{`{kind: stat, measures: [volume], compare: prior_year}`, `{"measures":["volume"],"compare":"prior_year"}`},
		{`{kind: breakdown, dimension: channel, measures: [volume], top: 3, others: true, sort: [channel]}`, `{"measures":["posts.volume"],"dimensions":["posts.channel"],"limit":3,"others":true,"order":{"posts.channel":"asc"}}`},
		{`{kind: breakdown, dimension: channel, measures: [volume, authors], top: 10, share: true, sort: [-authors, channel]}`, `{"kind":"breakdown","measures":["volume","authors"],"dimensions":"channel","share":true,"order":[["authors","desc"],["posts.channel","asc"]]}`},
		{`{kind: timeseries, measures: [volume], grain: week, dimension: channel, top: 4}`, `{"measures":["volume"],"dimensions":["channel"],"timeDimensions":[{"dimension":"posts.at","granularity":"week"}],"limit":4,"order":{"posts.at":"asc"}}`},
		{`{kind: table, measures: [volume], dimensions: [channel, author], page_size: 7, total: true, sort: [-volume]}`, `{"measures":["volume"],"dimensions":["channel","author"],"limit":7,"total":true,"order":["-volume"]}`},
		{`{kind: feed, dimensions: [at, author, likes], page_size: 20, sort: [-likes]}`, `{"dimensions":["at","author","likes"],"page_size":20,"order":[{"id":"likes","desc":true}]}`},
		{`{kind: histogram, dimension: likes, measures: [volume], bins: {start: 0, width: 10, count: 5}}`, `{"kind":"histogram","dimensions":["likes"],"measures":["volume"],"bins":{"start":0,"width":10,"count":5}}`},
		{`{kind: heatmap, dimensions: [hour, channel], measures: [volume]}`, `{"kind":"heatmap","dimensions":["hour","channel"],"measures":["volume"],"dataset":"posts"}`},
		{`{kind: stat, dataset: other, measures: [n]}`, `{"measures":["other.n"]}`},
	} {
		text := strings.Replace(open, "      top: {kind: breakdown, dimension: channel, measures: [volume]}", "      w1: "+test.catalog, 1)
		cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(text)}}, "c.yaml")
		if err != nil {
			t.Fatal(err)
		}
		req := &models.Request{CompanyID: "7", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{"w1"}}
		if !strings.Contains(test.sent, "other") {
			author(req)
		}
		now := time.Date(2002, 9, 15, 12, 0, 0, 0, time.UTC)
		want, err := Build(req, cat.Pages["Open"], cat, now)
		if err != nil {
			t.Fatal(err)
		}
		req.Metrics = []byte(`{"w1":` + test.sent + `}`)
		got, err := Build(req, cat.Pages["Open"], cat, now)
		if err != nil || got.Widgets[0].Err != nil {
			t.Fatalf("%s: %v %v", test.sent, err, got.Widgets[0].Err)
		}
		for i, step := range got.Widgets[0].Steps {
			expected := *want.Widgets[0].Steps[i].Query
			if expected.Dataset == "posts" {
				closed := query.Not{Of: query.Compare{Field: query.Field{Column: "private", Type: query.Bool}, Op: query.Eq, Values: []any{true}}}
				where, _ := expected.Where.(query.And)
				expected.Where = slices.Insert(slices.Clone(where), 1, query.Filter(closed))
			}
			if diff := cmp.Diff(&expected, step.Query); diff != "" {
				t.Errorf("%s (-catalog +described):\n%s", test.sent, diff)
			}
		}
	}
}

// TestRangesOfDescribedWidgets: Cube includes the day that a range ends with; ranges here are half-open.
func TestRangesOfDescribedWidgets(t *testing.T) {
	t.Parallel()
	for dates, want := range map[string]string{
		`["2002-08-01","2002-08-31"]`:                   "2002-08-01T00:00:00Z 2002-09-01T00:00:00Z",
		`["2002-08-01","2002-08-31T23:59:59.999"]`:      "2002-08-01T00:00:00Z 2002-09-01T00:00:00Z",
		`["2002-08-01T06:00:00","2002-08-01T18:00:00"]`: "2002-08-01T06:00:00Z 2002-08-01T18:00:00Z",
		`["2002-08-05"]`:                                "2002-08-05T00:00:00Z 2002-08-06T00:00:00Z",
		`"2002-08-05"`:                                  "2002-08-05T00:00:00Z 2002-08-06T00:00:00Z",
		`"today"`:                                       "2002-09-15T00:00:00Z 2002-09-16T00:00:00Z",
		`"Yesterday"`:                                   "2002-09-14T00:00:00Z 2002-09-15T00:00:00Z",
		`"this week"`:                                   "2002-09-09T00:00:00Z 2002-09-16T00:00:00Z",
		`"last month"`:                                  "2002-08-01T00:00:00Z 2002-09-01T00:00:00Z",
		`"last 7 days"`:                                 "2002-09-08T00:00:00Z 2002-09-15T00:00:00Z",
		`"last 2 quarters"`:                             "2002-01-01T00:00:00Z 2002-07-01T00:00:00Z",
		`"this year"`:                                   "2002-01-01T00:00:00Z 2003-01-01T00:00:00Z",
		`"last 3 hours"`:                                "2002-09-15T09:00:00Z 2002-09-15T12:00:00Z",
		`["2002-08-01","2002-08-31"]},"timezone":"America/New_York`: "2002-08-01T04:00:00Z 2002-09-01T04:00:00Z",
	} {
		zone := ""
		if before, after, ok := strings.Cut(dates, `},`); ok {
			dates, zone = before, ","+after+`"`
		}
		w := one(t, `{"measures":["volume"],"timeDimensions":[{"dimension":"at","dateRange":`+dates+`}]`+zone+`}`)
		if w.Err != nil {
			t.Fatalf("%s: %v", dates, w.Err)
		}
		r := w.Steps[0].Query.Range
		if got := r.From.Format(time.RFC3339) + " " + r.To.Format(time.RFC3339); got != want || !cmp.Equal(w.Range, r) {
			t.Errorf("%s: %s, want %s", dates, got, want)
		}
	}
}

func TestDescribedComparisons(t *testing.T) {
	t.Parallel()
	w := one(t, `{"measures":["volume"],"timeDimensions":[{"dimension":"at","granularity":"day","compareDateRange":[["2002-03-30","2002-04-01"],["2001-03-24","2001-03-26"]]}],"timezone":"Europe/Berlin"}`)
	if w.Err != nil {
		t.Fatal(w.Err)
	}
	shown := func(r query.Range) string { return r.From.Format(time.RFC3339) + " " + r.To.Format(time.RFC3339) }
	if len(w.Steps) != 2 || shown(w.Steps[0].Query.Range) != "2002-03-29T23:00:00Z 2002-04-01T22:00:00Z" || shown(w.Steps[1].Query.Range) != "2001-03-23T23:00:00Z 2001-03-26T22:00:00Z" {
		t.Errorf("%+v", w.Steps)
	}
	if w.Comparison != w.Steps[1].Query.Range || len(w.ComparisonEdges) != 4 || w.ComparisonEdges[3] != w.Comparison.To {
		t.Errorf("%+v", w)
	}
	// Numbers may be compared over ranges of different lengths; a series may not.
	months := `"timeDimensions":[{"dimension":"at"%s,"compareDateRange":["last month",["2002-02-01","2002-02-28"]]}]`
	if w := one(t, `{"measures":["volume"],`+fmt.Sprintf(months, "")+`}`); w.Err != nil || shown(w.Comparison) != "2002-02-01T00:00:00Z 2002-03-01T00:00:00Z" {
		t.Errorf("%v %v", w.Err, w.Comparison)
	}
	w = one(t, `{"measures":["volume"],`+fmt.Sprintf(months, `,"granularity":"day"`)+`}`)
	if fault.ReasonOf(w.Err) != models.ReasonBadRange || !strings.Contains(fault.SafeText(w.Err), "metrics.w1.timeDimensions[0].compareDateRange[1]") {
		t.Errorf("%v", w.Err)
	}
}

// TestFaultsOfDescribedWidgets: what is wrong with one widget is said of it alone, with its place.
func TestFaultsOfDescribedWidgets(t *testing.T) {
	t.Parallel()
	const unknown, bad = models.ReasonUnknownMember, models.ReasonBadValue
	for sent, want := range map[string][2]string{
		`{"measures":["vollume"]}`:                                                                              {unknown, `metrics.w1.measures[0]: unknown measure "vollume" (did you mean volume?)`},
		`{"measures":["volume"],"dimensions":["posts.chanel"]}`:                                                 {unknown, `metrics.w1.dimensions[0]: unknown dimension "chanel" (did you mean channel?)`},
		`{"measures":["volume"],"dimensions":["kind"]}`:                                                         {unknown, `metrics.w1.dimensions[0]: unknown dimension "kind" (known: at, author, channel, edited, hour, likes, private, tags)`},
		`{"dimensions":["text"]}`:                                                                               {unknown, `metrics.w1.dimensions[0]: unknown dimension "text"`},
		`{"dimensions":["at"],"order":["text"]}`:                                                                {unknown, `metrics.w1.order[0]: unknown column to sort by "text"`},
		`{"measures":["secret.n"]}`:                                                                             {unknown, `metrics.w1.measures[0]: unknown dataset "secret" (known: other, posts)`},
		`{"dataset":"secret","measures":["n"]}`:                                                                 {unknown, `metrics.w1.dataset: unknown dataset "secret"`},
		`{"measures":["volume","other.n"],"dataset":"posts"}`:                                                   {bad, `metrics.w1.measures[1]: other.n is of another dataset than the widget, which is over posts`},
		`{"measures":["volume"],"filters":[{"member":"authr","operator":"equals","values":["x"]}]}`:             {unknown, `metrics.w1.filters[0]: unknown member "authr"`},
		`{"measures":["volume"],"filters":[{"member":"author","operator":"equals","values":["x"]}]}`:            {unknown, `metrics.w1.filters[0]: unknown member "author"`}, // the page does not open it
		`{"measures":["volume"],"filters":[{"or":[{"member":"likes","operator":"gt","values":["x"]}]}]}`:        {bad, `metrics.w1.filters[0].or[0]: "x" is no whole number`},
		`{"measures":["volume"],"filters":[{"member":"likes","operator":"near","values":["1"]}]}`:               {models.ReasonUnknownOperator, `metrics.w1.filters[0]: unknown operator "near"`},
		`{"measures":["volume"],"mesures":[]}`:                                                                  {bad, `metrics.w1.mesures: unknown key "mesures" in the widget (did you mean measures?)`},
		`{"measures":[]}`:                                                                                       {bad, `metrics.w1: widget w1: a stat needs at least one measure`},
		`{"measures":[7]}`:                                                                                      {bad, `metrics.w1.measures[0]: an item of measures must be text, not an integer`},
		`{"measures":["a b"]}`:                                                                                  {bad, `metrics.w1.measures[0]: an item of measures: "a b" is not a valid member`},
		`{"measures":["volume"],"kind":"pie"}`:                                                                  {bad, `metrics.w1.kind: kind cannot be "pie"`},
		`{"measures":["volume"],"limit":5}`:                                                                     {bad, `metrics.w1.limit: limit does not go with a stat`},
		`{"measures":["volume"],"dimensions":["channel"],"offset":5}`:                                           {bad, `metrics.w1.offset: offset does not go with a breakdown`},
		`{"dimensions":["at"],"limit":1001}`:                                                                    {bad, `metrics.w1.limit: limit is out of range: 1001`},
		`{"dimensions":["at"],"limit":-1}`:                                                                      {bad, `metrics.w1.limit: limit is out of range: -1`},
		`{"measures":["volume"],"timezone":"Mars/Olympus"}`:                                                     {bad, `timezone "Mars/Olympus" is not an IANA time zone`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"edited","granularity":"day"}]}`:                 {bad, `metrics.w1.timeDimensions[0].dimension: edited is not the time of dataset posts`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"at","granularity":"second"}]}`:                  {bad, `metrics.w1.timeDimensions[0].granularity: granularity cannot be "second"`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"at","dateRange":"whenever"}]}`:                  {models.ReasonBadDate, `metrics.w1.timeDimensions[0].dateRange: the start "whenever" is neither a day`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"at","dateRange":["2002-02-01","2002-01-01"]}]}`: {models.ReasonBadRange, `metrics.w1.timeDimensions[0].dateRange: the end`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"at","dateRange":"last 9999 years"}]}`:           {models.ReasonBadDate, `last 9999 years`},
		`{"measures":["volume"],"timeDimensions":[{"dimension":"at","dateRange":[1,2,3]}]}`:                     {bad, `metrics.w1.timeDimensions[0].dateRange: a range is a start and an end`},
		`{"measures":["other.n"],"timeDimensions":[{"dimension":"other.at","dateRange":"today"}]}`:              {bad, `metrics.w1.timeDimensions[0].dimension: dataset other has no time`},
		`{"measures":["volume"],"order":{"volume":"up"},"dimensions":["channel"]}`:                              {bad, `metrics.w1.order.volume: order is asc or desc, not "up"`},
		`{"measures":["volume"],"title":"` + strings.Repeat("x", 201) + `"}`:                                    {bad, `metrics.w1.title: a title has at most 200 letters`},
		`7`:      {bad, `metrics.w1: the widget must be a map, not an integer`},
		`"text"`: {bad, `metrics.w1: the widget must be a map, not text`},
	} {
		p, err := ask(t, "Open", `{"w1":`+sent+`,"good":{"measures":["volume"]}}`)
		if err != nil {
			t.Errorf("%s rejects the request: %v", sent, err)
			continue
		}
		w := p.Widgets[0]
		if got := fault.SafeText(w.Err); fault.ReasonOf(w.Err) != want[0] || !strings.Contains(got, want[1]) || fault.ClassOf(w.Err) != fault.Permanent {
			t.Errorf("%s: %v\nwant %v", sent, w.Err, want)
		}
		if p.Widgets[1].Err != nil {
			t.Errorf("%s took the other widget along: %v", sent, p.Widgets[1].Err)
		}
	}
}

// TestWhichWidgetsAreDescribed: every form of metrics, and what is asked of it.
func TestWhichWidgetsAreDescribed(t *testing.T) {
	t.Parallel()
	const q = `{"measures":["authors"]}`
	for _, test := range []struct {
		page, metrics string
		selected      []string
		want          []string // ids, with * where the request describes it and ! where nothing does
		note          bool
	}{
		{"Open", `{"a":` + q + `,"b":` + q + `}`, nil, []string{"a*", "b*"}, false},
		{"Open", `{"a":` + q + `,"b":` + q + `}`, []string{"B", "Open__a"}, []string{"b*", "a*"}, false},
		{"Open", `{"total":` + q + `}`, []string{"total", "top"}, []string{"total*", "top"}, false},
		{"Open", `[{"id":"a","measures":["authors"]},{"measures":["authors"]}]`, nil, []string{"a*", "w2*"}, false},
		{"Open", q, nil, []string{"w1*"}, false},
		{"Open", `{"a":` + q + `}`, []string{"zzz"}, []string{"zzz!"}, false},
		{"Open", `["posts","engagement"]`, nil, []string{"total", "top"}, true},
		{"Open", `{"posts":true}`, nil, []string{"total", "top"}, true},
		{"Open", `[{"name":"posts"}]`, nil, []string{"total", "top"}, true},
		{"Open", `7`, nil, []string{"total", "top"}, true},
		{"Open", ``, nil, []string{"total", "top"}, false},
		{"Shut", `{"a":` + q + `}`, nil, []string{"total"}, true},
	} {
		p, err := ask(t, test.page, test.metrics, func(r *models.Request) { r.SelectedWidgets = test.selected })
		if err != nil {
			t.Fatalf("%s: %v", test.metrics, err)
		}
		var got []string
		for _, w := range p.Widgets {
			id := w.ID
			switch {
			case w.Spec == nil:
				id += "!"
			case len(w.Spec.Measures) == 1 && w.Spec.Measures[0].Name == "authors":
				id += "*"
			}
			got = append(got, id)
			if note := slices.ContainsFunc(w.Notes, func(n Note) bool { return n.Code == "metrics_ignored" }); note != test.note {
				t.Errorf("%s: notes of %s: %v", test.metrics, w.ID, w.Notes)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %v: %v, want %v", test.metrics, test.selected, got, test.want)
		}
	}
}

func TestBoundsOfMetrics(t *testing.T) {
	t.Parallel()
	many := make(map[string]any)
	for i := range 101 {
		many[fmt.Sprint("w", i)] = map[string]any{"measures": []string{"volume"}}
	}
	tooMany, _ := json.Marshal(many)
	for name, metrics := range map[string]string{
		"widgets": string(tooMany), "deep": `{"w":{"measures":["volume"],"filters":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`,
		"large": `{"w":{"measures":["volume"],"title":"` + strings.Repeat("x", 300<<10) + `"}}`, "json": `{"w":`,
	} {
		if _, err := ask(t, "Open", metrics); fault.ClassOf(err) != fault.Reject || !strings.Contains(fault.SafeText(err), "metrics") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w := one(t, `{"measures":["volume","authors","rate","volume"]}`); !strings.Contains(fault.SafeText(w.Err), `has "volume" twice`) {
		t.Errorf("%v", w.Err)
	}
	p, err := ask(t, "Open", `[{"id":"a","measures":["volume"]},{"id":"a","measures":["authors"]},{"id":"../x","measures":["volume"]}]`)
	if err != nil || !strings.Contains(fault.SafeText(p.Widgets[0].Err), "described twice") || !strings.Contains(fault.SafeText(p.Widgets[1].Err), "not a valid widget id") {
		t.Errorf("%v %+v", err, p)
	}
	// A tenant is never left out.
	if _, err := ask(t, "Open", `{"w":{"measures":["volume"]}}`, func(r *models.Request) { r.CompanyID = "" }); fault.ReasonOf(err) != models.ReasonMissingTenant {
		t.Errorf("%v", err)
	}
}

// FuzzMetrics: whatever metrics holds, the request is planned or refused, and every query has its tenant and the page's condition.
func FuzzMetrics(f *testing.F) {
	for _, seed := range []string{
		`{"w1":{"measures":["volume"],"dimensions":["channel"],"order":{"volume":"desc"},"limit":3}}`, `["posts"]`, `[{"id":"a","measures":"volume"}]`,
		`{"w1":{"measures":["volume"],"timeDimensions":[{"dimension":"at","granularity":"auto","compareDateRange":["today","yesterday"]}],"filters":[{"or":[{"channel":"a"}]}]}}`,
		`{"w1":{"kind":"histogram","dimensions":["likes"],"measures":["volume"],"bins":{"start":0,"width":1,"count":2}}}`, `{"w1":{"dimensions":["at"],"offset":1,"order":[["at","desc"]]}}`,
	} {
		f.Add(seed)
	}
	cat := openCatalog(f)
	f.Fuzz(func(t *testing.T, metrics string) {
		req := &models.Request{CompanyID: "7", StartDate: "2002-09-01", EndDate: "2002-09-30", Metrics: []byte(metrics)}
		p, err := Build(req, cat.Pages["Open"], cat, time.Date(2002, 9, 15, 12, 0, 0, 0, time.UTC))
		if err != nil {
			return
		}
		for _, w := range p.Widgets {
			for _, s := range w.Steps {
				if s.Query.Dataset != "posts" {
					continue
				}
				if s.Query.Tenant == nil || s.Query.Tenant.Values[0] != "7" || s.Query.Time == nil || s.Query.MaxRows == 0 || s.Query.Where == nil {
					t.Errorf("%s: %+v", metrics, s.Query)
				}
			}
		}
	})
}
