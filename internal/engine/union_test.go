package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// halved has the posts as one dataset, as a union of what women wrote and what others did, and as one of long and short posts, all under the same widgets. An author, and with them what they
// said twice, is in one half by gender; most are in both by length.
const halved = `
version: 1
extends: builtin
datasets:
  whole:
    source: conversations
    files: [sample/posts.parquet]
    time: {field: published_at}
    tenant: {parameter: company_id, field: company_id}
    dimensions:
      id: {}
      published_at: {type: time}
      hour: {type: time, field: published_at, part: hour}
      weekday: {type: time, field: published_at, part: weekday}
      channel: {}
      type: {}
      author: {}
      text: {}
      gender: {}
      keyword: {field: keywords, multi: true}
      followers: {type: int}
      words: {type: int}
      sentiment_score: {type: float}
      reply_to: {}
    measures:
      posts: {agg: count}
      known: {agg: count, field: followers}
      replies: {agg: count, where: type == "reply"}
      authors: {agg: count_distinct, field: author}
      reach: {agg: sum, field: followers}
      score: {agg: sum, field: sentiment_score}
      mean: {agg: avg, field: words}
      shortest: {agg: min, field: words}
      last: {agg: max, field: published_at}
      share: {formula: replies / posts}
      verbosity: {formula: "(mean + 1) / (known - 2 * replies)"}
  rest: {like: whole, row_filter: gender != "female"}
  halves:
    like: whole
    union:
      women: {dataset: whole, where: gender == "female"}
      others: {dataset: rest}
    disjoint: [author]
    tenant: inputs
  brief: {like: whole, row_filter: "!(words >= 60)"}
  lengths:
    like: whole
    union:
      long: {dataset: whole, where: words >= 60}
      short: {dataset: brief}
    tenant: inputs
  parts:
    source: conversations
    union:
      mails: {dataset: whole, where: gender == "female", columns: {of: channel}}
      posts: {dataset: public_posts, columns: {of: platform}}
    time: {field: published_at}
    tenant: inputs
    dimensions: {id: {}, published_at: {type: time}, of: {}, city: {}, tag: {multi: true}, words: {type: int}}
    measures:
      rows: {agg: count}
      with_words: {agg: count, field: words}
      words: {agg: sum, field: words}
      not_austin: {agg: count, where: 'city != "Austin"'}
pages:
  WHOLE: {dataset: whole, widgets: {
    numbers: {kind: stat, measures: [posts, known, replies, authors, reach, score, mean, shortest, last, share, verbosity], compare: prior_period},
    days: {kind: timeseries, measures: [posts, authors, mean, share], grain: day, compare: prior_period},
    split: {kind: timeseries, dimension: channel, measures: [posts, reach], grain: week, top: 3, others: true, share: true},
    channels: {kind: breakdown, dimension: channel, measures: [posts, share, mean], top: 4, others: true, share: true, sort: [-share], compare: prior_period},
    keywords: {kind: breakdown, dimension: keyword, measures: [posts, authors], top: 15},
    pairs: {kind: table, dimensions: [channel, type], measures: [authors, verbosity, last], sort: [-verbosity], page_size: 5, total: true},
    busy: {kind: heatmap, dimensions: [weekday, hour], measures: [posts]},
    lengths: {kind: histogram, dimension: words, measures: [posts, reach], bins: {start: 0, width: 20, count: 10}, cumulative: true},
    newest: {kind: feed, dimensions: [published_at, author, text, channel, keyword, id], distinct_by: [author, text], page_size: 90, total: true},
    loudest: {kind: feed, dimensions: [followers, published_at, sentiment_score, author, id], sort: [-followers, sentiment_score], page_size: 90},
    rising: {kind: trend, dimension: keyword, measures: [posts, authors], window: week, history: 8, minimum: 3, sample: text, top: 10},
    related: {kind: keyness, dimension: keyword, measures: [posts], minimum: 3, top: 10},
    tree: {kind: tree, id: id, parent: reply_to, dimensions: [author, published_at], page_size: 50},
  }}
  HALVES: {like: WHOLE, dataset: halves}
  LENGTHS: {like: WHOLE, dataset: lengths}
  PARTS: {dataset: parts, widgets: {
    rows: {kind: stat, measures: [rows, with_words, words, not_austin]},
    tags: {kind: breakdown, dimension: tag, measures: [rows], top: 20},
    of: {kind: breakdown, dimension: of, measures: [rows, with_words, words], top: 100, sort: [of]},
    list: {kind: feed, dimensions: [published_at, of, city, tag, words, id], page_size: 400, total: true},
  }}
`

func halves(t *testing.T) *page {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(halved)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return &page{cat: cat, engine: &engine.Engine{Workers: 2, Sources: map[string]source.Source{"conversations": conversations(t)}}}
}

// askPage answers a request for a page, all widgets of which have data.
func (p *page) askPage(t *testing.T, name string, req *models.Request) map[string]*format.Data {
	t.Helper()
	on := *p
	on.cat = &catalog.Catalog{Pages: map[string]*catalog.Page{"P": p.cat.Pages[name]}, Datasets: p.cat.Datasets, Sources: p.cat.Sources}
	return on.ask(t, req)
}

// TestUnionIsTheWhole: whatever is asked of a union is answered as by one dataset that has the rows of all members.
func TestUnionIsTheWhole(t *testing.T) {
	t.Parallel()
	p := halves(t)
	rough := cmp.Options{cmpopts.EquateApprox(1e-9, 0)}
	for name, filters := range map[string]string{
		"all": "", "some": `{"channel":["fork","ilug"]}`, "not": `{"channel":{"not_in":["fork"]},"words":{"gte":3}}`, "women": `{"gender":"female"}`,
	} {
		req := september()
		req.Filters = []byte(filters)
		whole := p.askPage(t, "WHOLE", req)
		for _, page := range []string{"HALVES", "LENGTHS"} {
			union := p.askPage(t, page, req)
			if len(whole) != 13 || len(union) != 13 {
				t.Fatalf("%s: %d widgets, %d of %s", name, len(whole), len(union), page)
			}
			for id, want := range whole {
				sameWidget(t, fmt.Sprintf("%s: %s of %s", name, id, page), want, union[id], rough)
			}
		}
	}
}

func sameWidget(t *testing.T, what string, want, got *format.Data, rough cmp.Option) {
	t.Helper()
	if want.Status != got.Status || want.Status != "ok" && want.Status != "partial" {
		t.Errorf("%s is %s, want %s", what, got.Status, want.Status)
	}
	if diff := cmp.Diff(want.Data.Values, got.Data.Values, rough); diff != "" {
		t.Errorf("%s (-whole +union): %.1500s", what, diff)
	}
	if want.Paging != nil && want.Paging.Total != nil && (got.Paging.Total == nil || *got.Paging.Total != *want.Paging.Total) {
		t.Errorf("%s: %v in all, want %d", what, got.Paging.Total, *want.Paging.Total)
	}
}

// TestCursorsOverAUnion: a feed is read to its end by its cursors, by the time without doubles and by another column, and comes as that of one dataset.
func TestCursorsOverAUnion(t *testing.T) {
	t.Parallel()
	p := halves(t)
	for _, id := range []string{"newest", "loudest"} {
		read := func(name string) (rows []string) {
			for cursor := ""; ; {
				req := september(models.Member{Name: "cursor", Value: json.RawMessage(fmt.Sprintf("%q", cursor))})
				req.SelectedWidgets = []string{id}
				d := p.askPage(t, name, req)[id]
				for row := range d.Data.Values[0] {
					var b strings.Builder
					for _, values := range d.Data.Values {
						fmt.Fprintf(&b, "%v|", values[row])
					}
					rows = append(rows, b.String())
				}
				if d.Paging.NextCursor == nil {
					return rows
				}
				cursor = *d.Paging.NextCursor
			}
		}
		whole := read("WHOLE")
		for _, page := range []string{"HALVES", "LENGTHS"} {
			union := read(page)
			if want := map[string]int{"newest": 1213, "loudest": 1240}[id]; len(whole) != want || !slices.Equal(whole, union) {
				t.Errorf("%s: %d rows of %s, %d of the whole, want %d: %.1000s", id, len(union), page, len(whole), want, cmp.Diff(whole, union))
			}
		}
	}
}

// TestUnionOfUnlikeMembers: what a member lacks is null in its rows: not counted, in no list, and other than any value.
func TestUnionOfUnlikeMembers(t *testing.T) {
	t.Parallel()
	p := halves(t)
	one := func(page, widget string, req *models.Request) []any {
		t.Helper()
		var out []any
		for _, values := range p.askPage(t, page, req)[widget].Data.Values {
			out = append(out, values[0])
		}
		return out
	}
	women := september()
	women.Filters = []byte(`{"gender":"female"}`)
	mails := one("WHOLE", "numbers", women)[0].(int64)
	posts := p.askPage(t, "PARTS", september())
	rows, words := posts["rows"].Data.Values[0][0].(int64), posts["rows"].Data.Values[1][0].(int64)
	if words != mails || rows <= mails || posts["rows"].Data.Values[3][0].(int64) >= rows {
		t.Errorf("%d mails, of the union %v", mails, posts["rows"].Data.Values)
	}
	channels := posts["of"].Data.Values
	var sum, with int64
	for i := range channels[0] {
		sum, with = sum+channels[1][i].(int64), with+channels[2][i].(int64)
	}
	if sum != rows || with != mails || !slices.Contains(channels[0], any("fork")) || !slices.Contains(channels[0], any("mastodon")) {
		t.Errorf("by where they are from: %d of %d rows, %d of %d mails: %v", sum, rows, with, mails, channels[0])
	}
	list := posts["list"]
	if *list.Paging.Total != rows {
		t.Errorf("%d rows in the list, %d counted", *list.Paging.Total, rows)
	}
	both := map[bool]int{}
	for i, city := range list.Data.Values[2] {
		both[city == nil]++
		if (city == nil) != (list.Data.Values[4][i] != nil) {
			t.Fatalf("row %d: city %v, words %v", i, city, list.Data.Values[4][i])
		}
	}
	if both[true] == 0 || both[false] == 0 {
		t.Errorf("rows without and with a city: %v", both)
	}
	if notices := fmt.Sprint(list.Notices); !strings.Contains(notices, "Public social posts") {
		t.Errorf("that one of them is generated is not said: %s", notices)
	}
	for filters, want := range map[string]int64{`{"words":{"exists":true}}`: mails, `{"words":{"not_exists":true}}`: rows - mails, `{"words":{"ne":-1}}`: rows} {
		req := september()
		req.Filters = []byte(filters)
		if got := one("PARTS", "rows", req)[0]; got != want {
			t.Errorf("%s: %v rows, want %d", filters, got, want)
		}
	}
	for _, keys := range slices.Sorted(maps.Keys(posts)) {
		if posts[keys].Status != "ok" {
			t.Errorf("%s is %s", keys, posts[keys].Status)
		}
	}
}

// TestExplainedUnion: each member's own query is shown, with its part of the work, before what puts them together.
func TestExplainedUnion(t *testing.T) {
	t.Parallel()
	p := halves(t)
	planned, err := plan.Build(september(), p.cat.Pages["HALVES"], p.cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for i := range planned.Widgets {
		w := &planned.Widgets[i]
		shown, err := p.engine.Explain(t.Context(), w.Steps[0])
		if err != nil || len(shown) != 3 || shown[0].Input != "women" || shown[1].Input != "others" {
			t.Fatalf("%s: %v %+v", w.ID, err, shown)
		}
		for _, x := range shown[:2] {
			grouped := strings.Contains(x.Native.Text, "GROUP BY") || strings.Contains(x.Native.Text, "LIMIT ") || w.Kind == catalog.Stat
			if !grouped || !strings.Contains(x.Native.Text, "company_id") {
				t.Errorf("%s: a member is asked for more than its part: %s", w.ID, x.Native.Text)
			}
		}
	}
}

// TestExplainedValues: where members may have values in common, each is asked for its values, too.
func TestExplainedValues(t *testing.T) {
	t.Parallel()
	p := halves(t)
	planned, err := plan.Build(september(), p.cat.Pages["LENGTHS"], p.cat, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"numbers":  {"long", "long by author", "short", "short by author", ""},
		"channels": {"long", "short", ""},
		"newest":   {"long", "long by author, text", "short", "short by author, text", ""},
	}
	for i := range planned.Widgets {
		w := &planned.Widgets[i]
		if want[w.ID] == nil {
			continue
		}
		shown, err := p.engine.Explain(t.Context(), w.Steps[0])
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range shown {
			got = append(got, x.Input)
		}
		if !slices.Equal(got, want[w.ID]) {
			t.Errorf("%s asks %q, want %q", w.ID, got, want[w.ID])
		}
	}
}
