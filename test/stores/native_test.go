package stores

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// nativeCatalog is a page over rows that a query of the store's own makes: posts with so many words, with a mark of the request's own, and
// without the tenant's column, which the query alone binds.
const nativeCatalog = `
version: 1
sources: {s: {%s}}
datasets:
  long_posts:
    source: s
    %s
    parameters:
      min_words: {type: int, default: 0}
      mark: {pattern: '(?s).*'}
      mood: {values: [negative, positive], default: negative}
    time: {field: published_at, storage: timestamp}
    tenant: {parameter: company_id}
    dimensions: {author: {}, channel: {}, words: {type: int}, marked: {}, day: {field: published_at, type: time}}
    measures:
      posts: {agg: count}
      words: {agg: sum, field: words}
      authors: {agg: count_distinct, field: author}
      words_per_post: {formula: words / posts}
pages:
  NativePage:
    dataset: long_posts
    compare: prior_period
    widgets:
      totals: {kind: stat, measures: [posts, words, authors, words_per_post]}
      by_day: {kind: timeseries, measures: [posts, words], grain: week}
      channels: {kind: breakdown, dimension: channel, measures: [posts, authors], top: 3, others: true}
      words: {kind: breakdown, dimension: channel, measures: [posts, words], top: 3, others: true, compare: none}
      sizes: {kind: histogram, dimension: words, measures: [posts], bins: {start: 0, width: 100, count: 5}}
      longest: {kind: feed, dimensions: [author, channel, words, marked, day], sort: [-words, author, day], page_size: 7, total: true}
`

// The same rows in each language. Every store but Cassandra filters by words and sentiment itself: CQL can only do so by reading whole
// partitions, which the dataset then has to say.
func nativeRelations(s store, cassandra bool) string {
	if cassandra {
		return `allow_filtering: true
    native: |
      SELECT author, channel, words, published_at, CAST((text){mark} AS text) AS marked FROM posts
      WHERE company_id = {tenant} AND month IN ('2002-07', '2002-08', '2002-09') AND published_at >= {from} AND published_at < {to}
        AND words >= {min_words} AND sentiment = {mood} ALLOW FILTERING`
	}
	if s.url == "" {
		return s.relation + `
    native: |
      -- rows are those of the dataset's files
      SELECT author, channel, words, published_at, {mark} AS marked FROM rows
      WHERE company_id = {tenant} AND words >= {min_words} AND sentiment = {mood};`
	}
	return s.relation + `
    native: |
      [{"$match": {"company_id": "{tenant}", "published_at": {"$gte": "{from}", "$lt": "{to}"}, "sentiment": "{mood}",
                   "$expr": {"$gte": ["$words", "{min_words}"]}}},
       {"$project": {"author": 1, "channel": 1, "words": 1, "published_at": 1, "marked": "{mark}"}}]`
}

func openNative(t *testing.T, s store, root, relation string) *app.Pages {
	t.Helper()
	source := strings.Join(strings.Fields(strings.ReplaceAll(s.source(t), "\n", ",")), " ")
	return over(t, root, fmt.Sprintf(nativeCatalog, source, relation))
}

// Native queries of three languages give the same answers in every kind of widget, whatever their parameters hold.
func TestNativeQueries(t *testing.T) {
	t.Parallel()
	root, columns, rows := posts(t)
	local := store{kind: builtinSource, relation: builtinRelation}
	mongo, cassandra := inMongoDB(t, columns, rows), inCassandra(t, columns, rows)
	reference := openNative(t, local, root, nativeRelations(local, false))
	others := map[string]*app.Pages{
		"mongodb":   openNative(t, mongo, root, nativeRelations(mongo, false)),
		"cassandra": openNative(t, cassandra, root, nativeRelations(cassandra, true)),
	}
	marks := []string{
		"plain", "", "$author", "$$ROOT", `{"$gt": ""}`, "{tenant}", "{mark}", "'; DROP TABLE posts; --", `" OR 1=1 --`, "/* x */", "?", ":mark", "ALLOW FILTERING",
		"\u0000", "ال\u202Eعربية", "😀", "a\nb", `\`, `\u0024where`, "function() { return true }", strings.Repeat("x", 4000),
	}
	compared := 0
	for i, mark := range marks {
		raw, err := models.Marshal(mark)
		if err != nil {
			t.Fatal(err)
		}
		req := &models.Request{CompanyID: "1", StartDate: "2002-08-15", EndDate: "2002-09-14", Extra: []models.Member{
			{Name: "mark", Value: raw}, {Name: "min_words", Value: fmt.Appendf(nil, "%d", 20*i)}, {Name: "mood", Value: []byte([]string{`"negative"`, `"positive"`}[i%2])},
		}}
		if i > 0 {
			req.SelectedWidgets = []string{"channels", "longest"}
		}
		want := answers(t, reference, "NativePage", req)
		if i < 3 {
			if n, _ := column(t, want["longest"], "words")[0][0].(float64); n < 100 {
				t.Fatalf("the longest has %v words: nothing is compared", n)
			}
			shown, _ := column(t, want["longest"], "marked")[0][0].(string)
			if mark != "" && shown != mark {
				t.Errorf("mark %q is shown as %q", mark, shown)
			}
		}
		for name, pages := range others {
			got := answers(t, pages, "NativePage", req)
			for id := range want {
				compared++
				for _, answer := range []any{got[id], want[id]} { // a cursor is good for the query that it came from, and each store has its own
					if paging, ok := answer.(map[string]any)["paging"].(map[string]any); ok {
						delete(paging, "next_cursor")
					}
				}
				if !alike(got[id], want[id]) {
					t.Errorf("%s, mark %q: %s:\ngot  %s\nwant %s", name, mark, id, text(got[id]), text(want[id]))
				}
			}
		}
	}
	if compared < 80 {
		t.Errorf("only %d widgets were compared", compared)
	}
	// What a hand-written statement over the file says.
	want := answers(t, others["mongodb"], "NativePage", &models.Request{CompanyID: "1", StartDate: "2002-08-15", EndDate: "2002-09-14",
		SelectedWidgets: []string{"totals"}, Extra: []models.Member{{Name: "min_words", Value: []byte("100")}}})
	hand := sqlByHand(t, root, `SELECT count(*), sum(words)::BIGINT, count(DISTINCT author) FROM posts WHERE words >= 100 AND sentiment = 'negative'
		AND published_at >= CAST(? AS TIMESTAMP) AND published_at < CAST(? AS TIMESTAMP)`, "2002-08-15", "2002-09-15", "2002-08-15", "2002-09-15")
	for i, name := range []string{"posts", "words", "authors"} {
		if got := column(t, want["totals"], name)[0][0]; got != hand[i][0] {
			t.Errorf("%s: %v, by hand %v", name, got, hand[i][0])
		}
	}
	for name, pages := range others {
		for _, company := range []string{"2", "11"} {
			for id, v := range answers(t, pages, "NativePage", &models.Request{CompanyID: company, StartDate: "2002-08-15", EndDate: "2002-09-14"}) {
				if data, _ := v.(map[string]any); data["status"] != "empty" {
					t.Errorf("%s: tenant %s sees %s: %v", name, company, id, v)
				}
			}
		}
	}
	explainNative(t, others)
}

// explainNative sees that no value is in a query's text.
func explainNative(t *testing.T, all map[string]*app.Pages) {
	t.Helper()
	for name, pages := range all {
		s := pages.Snapshot()
		p, err := plan.Build(&models.Request{CompanyID: "4711", StartDate: "2002-08-15", EndDate: "2002-09-14", Extra: []models.Member{{Name: "mark", Value: []byte(`"canary"`)}}},
			s.Catalog.Pages["NativePage"], s.Catalog, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range p.Widgets {
			for _, step := range w.Steps {
				explained, err := s.Engine.Explain(t.Context(), step)
				if err != nil {
					t.Fatal(err)
				}
				native := explained[0].Native
				if strings.Contains(native.Text, "canary") || strings.Contains(native.Text, "4711") || !strings.Contains(fmt.Sprint(native.Args), "canary") {
					t.Errorf("%s %s: %s %v", name, w.ID, native.Text, native.Args)
				}
			}
		}
	}
}

// Parameters that a request has wrongly are the request's fault, and say which.
func TestParameters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := fmt.Sprintf(nativeCatalog, "kind: duckdb", `native: "SELECT {min_words} AS words, {mark} AS marked, {mood}, {tenant}, {zone}, {language}, {from}, {need}, {at}, {yes}, {part}"`)
	text = strings.Replace(text, "mark: {pattern: '(?s).*'}", "mark: {pattern: '[a-z]*'}\n      need: {required: true}\n      at: {type: time}\n      yes: {type: bool}\n      part: {type: float}", 1)
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Load(os.DirFS(dir), "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for extra, want := range map[string]string{
		`{"other": 1}`:                       "missing_parameter: parameter need is missing",
		`{"need": ""}`:                       "missing_parameter: parameter need is missing",
		`{"need": "x", "min_words": "many"}`: `bad_value: parameter min_words: "many" is no whole number`,
		`{"need": "x", "min_words": 1.5}`:    "bad_value: parameter min_words: 1.5 is no whole number",
		`{"need": "x", "min_words": [1]}`:    "bad_value: parameter min_words: an object or a list is no whole number",
		`{"need": {"$gt": ""}}`:              "bad_value: parameter need: an object or a list is no text",
		`{"need": "x", "mark": "X"}`:         `bad_value: parameter mark: "X" is not of the form that it must have`,
		`{"need": "x", "mood": "angry"}`:     `bad_value: parameter mood: "angry" is none of its values`,
		`{"need": "x", "at": "tomorrow"}`:    `bad_value: parameter at: "tomorrow" is no time`,
		`{"need": "x", "yes": "maybe"}`:      `bad_value: parameter yes: "maybe" is no boolean`,
		`{"need": "x", "part": "NaN"}`:       `bad_value: parameter part: "NaN" is no number`,
		`{"need": 7, "min_words": "3", "at": "2002-01-01", "yes": "1", "part": 2, "mood": "positive"}`: "",
	} {
		req, err := models.Decoder{}.Decode(`{"eventName":"insights","eventData":{"company_id":"1","start_date":"2002-08-15","end_date":"2002-09-14",` + strings.TrimPrefix(extra, "{") + "}")
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Build(req, cat.Pages["NativePage"], cat, time.Now())
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want || err != nil && fault.ClassOf(err) != fault.Reject {
			t.Errorf("%s: %s\nwant %s", extra, got, want)
		}
	}
}
