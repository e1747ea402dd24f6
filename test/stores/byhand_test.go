package stores

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// conversations are the embedded posts as a set, and the Parquet file that they are in.
func conversations(t *testing.T) (s *set, file string) {
	t.Helper()
	root := t.TempDir()
	c, err := load.OpenConversations(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	table, err := c.Posts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s = &set{name: "posts", tenant: table.Tenant, time: table.Time, id: "id"}
	for _, column := range table.Columns {
		k := col{name: column.Name, kind: column.Type, multi: column.Multi}
		if k.kind == query.Time {
			k.storage = query.StorageTimestamp
		}
		s.columns = append(s.columns, k)
	}
	for values, err := range table.Rows {
		if err != nil {
			t.Fatal(err)
		}
		row := make(sourcetest.Row, len(values))
		for i, v := range values {
			row[s.columns[i].name] = v
		}
		s.rows = append(s.rows, row)
	}
	return s, filepath.Join(root, "conversations", "posts.parquet")
}

// byHandCatalog is the dataset that the cases by hand are over.
func byHandCatalog(relation func(string) string, widgets string) string {
	return fmt.Sprintf(`datasets:
  posts: {source: %s, %s, time: {field: published_at}, tenant: {parameter: company_id, field: company_id}, limits: {timeout: 10m},
    dimensions: {channel: {}, monitor: {}, author: {}, sentiment: {}, type: {}, keyword: {field: keywords, multi: true}, words: {type: int}, replies: {type: int},
      response: {field: first_response_s, type: int}, score: {field: sentiment_score, type: float}, first_reply: {field: is_first_reply, type: bool}, published: {field: published_at, type: time}, id: {}, parent: {field: reply_to}, thread: {field: thread_id},
      hour: {field: published_at, part: hour}, weekday: {field: published_at, part: weekday}, month: {field: published_at, part: month}},
    measures: {posts: {agg: count}, authors: {agg: count_distinct, field: author}, words_sum: {agg: sum, field: words}, words_avg: {agg: avg, field: words}, words_p50: {agg: percentile, field: words, fraction: 0.5},
      words_max: {agg: max, field: words}, response_p90: {agg: percentile, field: response, fraction: 0.9}, negative: {agg: count, where: 'sentiment == "negative"'}, negative_share: {formula: negative / posts},
      score_avg: {agg: avg, field: score}, first: {agg: min, field: published}, answered: {agg: count, field: response}, loud: {agg: sum, field: words, where: 'words > 100 && has(keyword)'}}}
pages:
  P: {widgets: {%s}}
`, sourceName, relation("published_at"), widgets)
}

// The answers over the real posts are those of SQL that was written by hand, on every store.
func TestAnswersAreThoseOfSQLByHand(t *testing.T) {
	t.Parallel()
	s, file := conversations(t)
	stores := openBenches(t, s)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE VIEW posts AS SELECT * FROM read_parquet('"+file+"') WHERE company_id = '1'"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE MACRO h(x) AS CASE WHEN x > 0 THEN x * ln(x) ELSE 0 END"); err != nil { // of a keyness
		t.Fatal(err)
	}
	all := handCases()
	const least = 40
	if len(all) < least {
		t.Errorf("%d cases, want %d", len(all), least)
	}
	for _, c := range all {
		want := columnsByHand(t, db, c.sql)
		if len(want) == 0 || len(want[0]) == 0 {
			t.Errorf("%s: the SQL has no rows", c.widget)
		}
		compareByHand(t, stores, c, want, func(relation func(string) string) string {
			return byHandCatalog(relation, "w: {dataset: posts, "+c.widget+"}")
		})
	}
}

// compareByHand asks all stores for a case at the same time.
func compareByHand(t *testing.T, stores []*bench, c handCase, want [][]any, catalog func(relation func(string) string) string) {
	t.Helper()
	req, err := models.Decoder{}.Decode(`{"eventName":"explore_go_dispatcher","eventData":{"company_id":"1",` + c.request + `}}`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, b := range stores {
		wg.Go(func() { b.byHand(t.Context(), t, c, req, want, catalog) })
	}
	wg.Wait()
}

func (b *bench) byHand(ctx context.Context, t *testing.T, c handCase, req *models.Request, want [][]any, catalog func(relation func(string) string) string) {
	t.Helper()
	cat, err := b.catalog(catalog)
	if err != nil {
		t.Errorf("%s: %v", c.widget, err)
		return
	}
	got, p, err := b.ask(ctx, cat, req, time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || got["w"].err != nil {
		t.Errorf("%s, %s: %v %v", b.name, c.widget, err, got["w"].err)
		return
	}
	have := columnsOf(got["w"].data)
	same := len(have) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = len(have[i]) == len(want[i])
		for j := 0; same && j < len(want[i]); j++ {
			same = alike(have[i][j], want[i][j])
		}
	}
	if !same {
		t.Errorf("%s, {%s} asked {%s}:\ngot  %s\nwant %s\nby   %s\nnative %s", b.name, c.widget, c.request, clipped(text(have)), clipped(text(want)), c.sql, b.native(ctx, p, "w"))
	}
}

// columnsByHand runs SQL and returns its columns as JSON has them.
func columnsByHand(t *testing.T, db *sql.DB, statement string) [][]any {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatalf("%v\n%s", err, statement)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]any, len(names))
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			out[i] = append(out[i], jsonOf(v))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// jsonOf is a driver's value as a reader of JSON has it.
func jsonOf(v any) any {
	switch v := v.(type) {
	case time.Time:
		return float64(v.UnixMilli())
	case string, bool, nil:
		return v
	}
	var f float64
	if _, err := fmt.Sscan(fmt.Sprint(v), &f); err != nil {
		return math.NaN()
	}
	return f
}

// handCase is a widget, a request and the SQL whose columns are the widget's values.
type handCase struct{ widget, request, sql string }

func handCases() []handCase {
	var out []handCase
	add := func(widget, request, statement string) {
		out = append(out, handCase{widget, request, strings.TrimSpace(statement)})
	}
	const (
		september = `"start_date":"2002-09-01","end_date":"2002-09-30"`
		autumn    = `"start_date":"2002-08-01","end_date":"2002-10-31"`
		berlin    = `"start_date":"2002-10-25","end_date":"2002-10-29","timezone":"Europe/Berlin"`
		newYork   = `"start_date":"2002-09-10","end_date":"2002-09-12","timezone":"America/New_York"`
		kathmandu = `"start_date":"2002-09-10","end_date":"2002-09-11","timezone":"Asia/Kathmandu"`
	)
	// Numbers.
	add("kind: stat, measures: [posts]", september, "SELECT count(*) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'")
	add("kind: stat, measures: [authors]", september, "SELECT count(DISTINCT author) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'")
	add("kind: stat, measures: [words_sum, words_avg]", autumn, "SELECT sum(words), avg(words) FROM posts WHERE published_at >= '2002-08-01' AND published_at < '2002-11-01'")
	add("kind: stat, measures: [words_p50, words_max]", autumn, "SELECT quantile_cont(words, 0.5), max(words) FROM posts WHERE published_at >= '2002-08-01' AND published_at < '2002-11-01'")
	add("kind: stat, measures: [response_p90, answered]", autumn, "SELECT quantile_cont(first_response_s, 0.9), count(first_response_s) FROM posts WHERE published_at >= '2002-08-01' AND published_at < '2002-11-01'")
	add("kind: stat, measures: [negative_share]", september, "SELECT count(*) FILTER (WHERE sentiment = 'negative')::DOUBLE / count(*), count(*) FILTER (WHERE sentiment = 'negative'), count(*) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'")
	add("kind: stat, measures: [score_avg]", september, "SELECT avg(sentiment_score) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'")
	add("kind: stat, measures: [first]", september, "SELECT min(published_at) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'")
	add("kind: stat, measures: [loud]", september, "SELECT sum(words) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' AND words > 100 AND len(keywords) > 0")
	add("kind: stat, measures: [posts]", berlin, "SELECT count(*) FROM posts WHERE published_at >= '2002-10-24 22:00' AND published_at < '2002-10-29 23:00'")
	add("kind: stat, measures: [posts]", newYork, "SELECT count(*) FROM posts WHERE published_at >= '2002-09-10 04:00' AND published_at < '2002-09-13 04:00'")
	add("kind: stat, measures: [posts]", kathmandu, "SELECT count(*) FROM posts WHERE published_at >= '2002-09-09 18:15' AND published_at < '2002-09-11 18:15'")
	add("kind: stat, measures: [posts]", `"start_date":"2002-09-10T12:00:00Z","end_date":"2002-09-10T18:30:00Z"`, "SELECT count(*) FROM posts WHERE published_at >= '2002-09-10 12:00' AND published_at < '2002-09-10 18:30'")
	// Comparisons.
	add("kind: stat, measures: [posts], compare: prior_period", september, `WITH n AS (SELECT count(*) AS n FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'),
		b AS (SELECT count(*) AS b FROM posts WHERE published_at >= '2002-08-02' AND published_at < '2002-09-01') SELECT n, b, n - b, (n - b)::DOUBLE / b FROM n, b`)
	add("kind: stat, measures: [words_avg], compare: prior_period", berlin, `WITH n AS (SELECT avg(words) AS n FROM posts WHERE published_at >= '2002-10-24 22:00' AND published_at < '2002-10-29 23:00'),
		b AS (SELECT avg(words) AS b FROM posts WHERE published_at >= '2002-10-19 22:00' AND published_at < '2002-10-24 22:00') SELECT n, b, n - b, (n - b) / b FROM n, b`)
	add("kind: stat, measures: [posts], compare: prior_year", september, `WITH n AS (SELECT count(*) AS n FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'),
		b AS (SELECT count(*) AS b FROM posts WHERE published_at >= '2001-09-01' AND published_at < '2001-10-01') SELECT n, b, n - b, (n - b)::DOUBLE / nullif(b, 0) FROM n, b`)
	// Filters.
	for filter, where := range map[string]string{
		`{"channel":["exmh-workers","ilug"]}`:                       "channel IN ('exmh-workers', 'ilug')",
		`{"words":{"gte":100,"lt":200}}`:                            "words >= 100 AND words < 200",
		`{"keyword":["linux"]}`:                                     "list_contains(keywords, 'linux')",
		`{"keyword":{"ne":"linux"}}`:                                "NOT coalesce(list_contains(keywords, 'linux'), FALSE)",
		`{"sentiment":{"ne":"negative"},"first_reply":[true]}`:      "sentiment IS DISTINCT FROM 'negative' AND is_first_reply",
		`{"or":[{"words":{"gt":500}},{"response":{"lte":600}}]}`:    "(words > 500 OR coalesce(first_response_s <= 600, FALSE))",
		`[{"member":"response","operator":"notExists"}]`:            "first_response_s IS NULL",
		`{"not":{"author":{"contains":"a"}}}`:                       "NOT coalesce(lower(author) LIKE '%a%', FALSE)",
		`{"published":{"inDateRange":["2002-09-05","2002-09-09"]}}`: "published_at >= '2002-09-05' AND published_at < '2002-09-10'",
		`{"score":{"gt":0.25}}`:                                     "sentiment_score > 0.25",
	} {
		add("kind: stat, measures: [posts, words_sum]", september+`,"filters":`+filter,
			"SELECT count(*), coalesce(sum(words), NULL) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' AND "+where)
	}
	// Series.
	add("kind: timeseries, measures: [posts, words_avg], grain: day", september, `SELECT d, count(p.id), avg(p.words) FROM generate_series(TIMESTAMP '2002-09-01', TIMESTAMP '2002-09-30', INTERVAL 1 DAY) t(d)
		LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 1 DAY GROUP BY d ORDER BY d`)
	add("kind: timeseries, measures: [posts], grain: week", `"start_date":"2002-09-02","end_date":"2002-09-29"`, `SELECT d, count(p.id) FROM generate_series(TIMESTAMP '2002-09-02', TIMESTAMP '2002-09-23', INTERVAL 7 DAY) t(d)
		LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 7 DAY GROUP BY d ORDER BY d`)
	add("kind: timeseries, measures: [authors, words_p50], grain: month", autumn, `SELECT date_trunc('month', published_at)::TIMESTAMP AS m, count(DISTINCT author), quantile_cont(words, 0.5) FROM posts
		WHERE published_at >= '2002-08-01' AND published_at < '2002-11-01' GROUP BY m ORDER BY m`)
	add("kind: timeseries, measures: [posts], grain: quarter", `"start_date":"2002-01-01","end_date":"2002-12-31"`, `SELECT d, count(p.id) FROM generate_series(TIMESTAMP '2002-01-01', TIMESTAMP '2002-10-01', INTERVAL 3 MONTH) t(d)
		LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 3 MONTH GROUP BY d ORDER BY d`)
	add("kind: timeseries, measures: [posts], grain: day", berlin, `SELECT f, count(p.id) FROM (VALUES (TIMESTAMP '2002-10-24 22:00', TIMESTAMP '2002-10-25 22:00'), ('2002-10-25 22:00', '2002-10-26 22:00'),
		('2002-10-26 22:00', '2002-10-27 23:00'), ('2002-10-27 23:00', '2002-10-28 23:00'), ('2002-10-28 23:00', '2002-10-29 23:00')) t(f, u) LEFT JOIN posts p ON p.published_at >= f AND p.published_at < u GROUP BY f ORDER BY f`)
	add("kind: timeseries, measures: [posts], grain: hour", `"start_date":"2002-10-27","end_date":"2002-10-27","timezone":"Europe/Berlin"`, `SELECT d, count(p.id) FROM generate_series(TIMESTAMP '2002-10-26 22:00', TIMESTAMP '2002-10-27 22:00', INTERVAL 1 HOUR) t(d)
		LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 1 HOUR GROUP BY d ORDER BY d`)
	add("kind: timeseries, measures: [posts], grain: day", kathmandu, `SELECT d, count(p.id) FROM generate_series(TIMESTAMP '2002-09-09 18:15', TIMESTAMP '2002-09-10 18:15', INTERVAL 1 DAY) t(d)
		LEFT JOIN posts p ON p.published_at >= d AND p.published_at < d + INTERVAL 1 DAY GROUP BY d ORDER BY d`)
	// Breakdowns, with the others.
	add("kind: breakdown, dimension: channel, measures: [posts, words_avg], top: 3", september, `SELECT channel, count(*) AS n, avg(words) FROM posts
		WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' GROUP BY channel ORDER BY n DESC, channel LIMIT 3`)
	add("kind: breakdown, dimension: channel, measures: [posts, negative_share], top: 2, others: true", september, `WITH p AS (SELECT * FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'),
		t AS (SELECT channel, row_number() OVER (ORDER BY count(*) DESC, channel) AS r FROM p GROUP BY channel)
		SELECT CASE WHEN r <= 2 THEN p.channel END AS c, count(*), count(*) FILTER (WHERE sentiment = 'negative')::DOUBLE / count(*), count(*) FILTER (WHERE sentiment = 'negative'), r > 2 AS o FROM p JOIN t USING (channel) GROUP BY c, o, least(r, 3) ORDER BY least(r, 3)`)
	add("kind: breakdown, dimension: channel, measures: [authors, words_p50], top: 2, others: true", september, `WITH p AS (SELECT * FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'),
		t AS (SELECT channel, row_number() OVER (ORDER BY count(DISTINCT author) DESC, channel) AS r FROM p GROUP BY channel)
		SELECT CASE WHEN r <= 2 THEN p.channel END AS c, count(DISTINCT author), quantile_cont(words, 0.5), r > 2 AS o FROM p JOIN t USING (channel) GROUP BY c, o, least(r, 3) ORDER BY least(r, 3)`)
	add("kind: breakdown, dimension: keyword, measures: [posts], top: 5", september, `SELECT k, count(*) AS n FROM (SELECT unnest(list_distinct(keywords)) AS k FROM posts
		WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01') GROUP BY k ORDER BY n DESC, k LIMIT 5`)
	add("kind: breakdown, dimension: first_reply, measures: [posts]", september, `SELECT is_first_reply, count(*) AS n FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'
		GROUP BY is_first_reply ORDER BY n DESC, is_first_reply NULLS LAST`)
	add("kind: breakdown, dimension: hour, measures: [posts], top: 24, sort: [hour]", `"start_date":"2002-07-01","end_date":"2002-07-31","timezone":"Europe/Berlin"`, `SELECT hour(published_at + INTERVAL 2 HOUR) AS h, count(*) FROM posts
		WHERE published_at >= '2002-06-30 22:00' AND published_at < '2002-07-31 22:00' GROUP BY h ORDER BY h`)
	// Tables, feeds, histograms, heat maps.
	add("kind: table, dimensions: [channel, sentiment], measures: [posts], sort: [-posts], page_size: 7", september, `SELECT channel, sentiment, count(*) AS n FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'
		GROUP BY channel, sentiment ORDER BY n DESC, channel, sentiment LIMIT 7`)
	add("kind: table, dimensions: [author], measures: [posts, words_max], sort: [-posts, author], page_size: 5", september+`,"page_number":3`, `SELECT author, count(*) AS n, max(words) FROM posts
		WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' GROUP BY author ORDER BY n DESC, author LIMIT 5 OFFSET 10`)
	add("kind: feed, dimensions: [published, channel, words, id], page_size: 12", september, `SELECT published_at, channel, words, id FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'
		ORDER BY published_at DESC, channel, words, id LIMIT 12`)
	add("kind: feed, dimensions: [id, words], sort: [-words], page_size: 4", september+`,"page_number":2`, `SELECT id, words FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' ORDER BY words DESC, id LIMIT 4 OFFSET 4`)
	add("kind: histogram, dimension: words, measures: [posts], bins: {start: 0, width: 50, count: 4}", september, `SELECT f, nullif(f + 50, 250), (SELECT count(*) FROM posts
		WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' AND words >= f AND (words < f + 50 OR f = 200)) FROM (VALUES (0), (50), (100), (150), (200)) t(f) ORDER BY f`)
	add("kind: histogram, dimension: score, measures: [posts], bins: {start: -1, width: 0.5, count: 4}", september, `SELECT f, f + 0.5, (SELECT count(*) FROM posts
		WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01' AND sentiment_score >= f AND sentiment_score < f + 0.5) FROM (VALUES (-1.0), (-0.5), (0.0), (0.5)) t(f) ORDER BY f`)
	add("kind: heatmap, dimensions: [weekday, hour], measures: [posts]", september, `SELECT d, h, count(p.id) FROM (SELECT * FROM range(7) a(d), range(24) b(h)) LEFT JOIN posts p
		ON isodow(p.published_at) - 1 = d AND hour(p.published_at) = h AND p.published_at >= '2002-09-01' AND p.published_at < '2002-10-01' GROUP BY d, h ORDER BY d, h`)
	add("kind: heatmap, dimensions: [channel, sentiment], measures: [words_avg]", september, `SELECT channel, sentiment, avg(words) FROM posts WHERE published_at >= '2002-09-01' AND published_at < '2002-10-01'
		GROUP BY channel, sentiment ORDER BY channel, sentiment`)
	analysisCases(add)
	return out
}
