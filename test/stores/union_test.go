package stores

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// everywhere are posts of three stores as one dataset. The same authors, and some of the same posts, are in several of them; the third knows of a post only who wrote it, when and where.
const everywhere = `version: 1
extends: builtin
sources:
  documents:
    MONGODB_SOURCE
  partitions:
    CASSANDRA_SOURCE
  objects:
    MINIO_SOURCE
datasets:
  documents:
    like: posts
    source: documents
    MONGODB_RELATION
  partitions:
    like: posts
    source: partitions
    CASSANDRA_RELATION
  objects:
    source: objects
    MINIO_RELATION
    time: {field: published_at}
    tenant: {parameter: company_id, field: company_id}
    dimensions: {published_at: {type: time}, author: {}, channel: {}, sentiment: {}}
  everywhere:
    source: conversations
    tenant: inputs
    time: {field: published_at}
    union:
      long: {dataset: documents, where: words >= 60}
      some: {dataset: partitions, where: words < 90}
      angry: {dataset: objects, where: sentiment == "negative"}
    dimensions: {published_at: {type: time}, author: {}, channel: {}, sentiment: {}, text: {}, keyword: {multi: true}}
    measures:
      posts: {agg: count}
      authors: {agg: count_distinct, field: author}
      unhappy: {agg: count_distinct, field: author, where: sentiment == "negative"}
      texts: {agg: count_distinct, field: text}
      posts_an_author: {formula: posts / authors}
pages:
  Everywhere:
    dataset: everywhere
    widgets:
      numbers: {kind: stat, measures: [posts, authors, unhappy, texts, posts_an_author]}
      alone: {kind: stat, measures: [authors]}
      channels: {kind: breakdown, dimension: channel, measures: [authors, unhappy, posts], sort: [-authors], top: 3, others: true}
      keywords: {kind: breakdown, dimension: keyword, measures: [authors], top: 12}
      days: {kind: timeseries, measures: [authors, posts], grain: day}
      list: {kind: feed, dimensions: [published_at, author, text], distinct_by: [author, text], sort: [published_at], page_size: 40, total: true}
`

// bySQL is the same dataset as one would write it over the file.
const bySQL = `, everywhere AS (
    SELECT published_at, author, channel, sentiment, text, keywords FROM posts WHERE words >= 60 UNION ALL
    SELECT published_at, author, channel, sentiment, text, keywords FROM posts WHERE words < 90 UNION ALL
    SELECT published_at, author, channel, sentiment, NULL, NULL FROM posts WHERE sentiment = 'negative'),
  ranged AS (SELECT * FROM everywhere WHERE published_at >= TIMESTAMP '2002-09-01' AND published_at < TIMESTAMP '2002-10-01')
`

// TestDistinctOverThreeStores: what is counted distinct over MongoDB, Cassandra and MinIO is what one statement over all of their rows counts.
func TestDistinctOverThreeStores(t *testing.T) {
	t.Parallel()
	root, columns, rows := posts(t)
	text := everywhere
	for name, s := range map[string]store{
		"MONGODB": inMongoDB(t, columns, rows), "CASSANDRA": inCassandra(t, columns, rows), "MINIO": inBucket(t, testenv.MinIO(t), root),
	} {
		text = strings.NewReplacer(name+"_SOURCE", s.source(t), name+"_RELATION", s.relation).Replace(text)
	}
	got := answers(t, over(t, root, text), "Everywhere", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"})
	check := func(widget string, names []string, sql string) {
		t.Helper()
		if diff := cmp.Diff(sqlByHand(t, root, bySQL+sql, "2002-09-01", "2002-10-01"), column(t, got[widget], names...)); diff != "" {
			t.Errorf("%s (-SQL +union): %s", widget, diff)
		}
	}
	const authors, unhappy = "count(DISTINCT author)", "count(DISTINCT author) FILTER (WHERE sentiment = 'negative')"
	check("numbers", []string{"posts", "authors", "unhappy", "texts", "posts_an_author"}, "SELECT count(*), "+authors+", "+unhappy+", count(DISTINCT text), count(*) / "+authors+" FROM ranged")
	check("alone", []string{"authors"}, "SELECT "+authors+" FROM ranged")
	check("channels", []string{"channel", "authors", "unhappy", "posts"}, `, top AS (SELECT channel FROM ranged GROUP BY 1 ORDER BY `+authors+` DESC, channel LIMIT 3)
		SELECT label, a, u, n FROM (SELECT CASE WHEN channel IN (FROM top) THEN channel END AS label, `+authors+" AS a, "+unhappy+` AS u, count(*) AS n FROM ranged GROUP BY 1)
		ORDER BY label IS NULL, a DESC, label`)
	check("keywords", []string{"keyword", "authors"}, "SELECT keyword, "+authors+" AS a FROM (SELECT author, unnest(list_distinct(keywords)) AS keyword FROM ranged) GROUP BY 1 ORDER BY a DESC, keyword LIMIT 12")
	check("days", []string{"authors", "posts"}, "SELECT "+authors+", count(*) FROM ranged GROUP BY published_at::DATE ORDER BY published_at::DATE")
	once := "(SELECT *, row_number() OVER (PARTITION BY author, text ORDER BY published_at) AS n FROM ranged) WHERE n = 1 OR text IS NULL"
	check("list", []string{"author", "text"}, "SELECT author, text FROM "+once+" ORDER BY published_at, author, text LIMIT 40")
	total := sqlByHand(t, root, bySQL+"SELECT count(*) FROM "+once, "2002-09-01", "2002-10-01")[0][0]
	list, _ := got["list"].(map[string]any)
	if paging, _ := list["paging"].(map[string]any); paging["total"] != total {
		t.Errorf("%v rows in the list, want %v", paging["total"], total)
	}
}
