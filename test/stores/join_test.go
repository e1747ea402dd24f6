package stores

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// loaded puts the demo's tables into a place of the test's own on every store, and returns the worked example over it.
func loaded(t *testing.T, root string) *app.Pages {
	t.Helper()
	place := fill(t, root)
	raw, err := os.ReadFile(filepath.Join("..", "..", "catalogs", "stores", "catalog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return over(t, root, strings.NewReplacer("dispatcher_demo", place, "dispatcher-demo", place).Replace(string(raw)))
}

// fill puts the demo's tables into a place of the test's own on every store, names them as the worked example does, and returns the place.
func fill(t *testing.T, root string) (place string) {
	t.Helper()
	place = testenv.Name("joined")
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	data, err := load.OpenConversations(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = data.Close() }()
	put := func(to load.Target, err error, tables ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = to.Close() }()
		for _, name := range tables {
			table, err := data.Table(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			last := 0
			if err := to.Load(t.Context(), table, false, func(_ string, done, _ int) { last = done }); err != nil {
				t.Fatal(err)
			}
			if last != table.Count {
				t.Errorf("%s: progress ended at %d of %d", name, last, table.Count)
			}
			if err := to.Load(t.Context(), table, false, func(string, int, int) {}); err == nil || !strings.Contains(err.Error(), "has rows already") {
				t.Errorf("%s, loaded again: %v", name, err)
			}
		}
	}
	t.Cleanup(func() { dropPlace(t, place) })
	m, err := load.OpenMongoDB(testenv.MongoDB(t), place)
	put(m, err, "posts")
	c, err := load.OpenCassandra(testenv.Cassandra(t), place)
	put(c, err, "profiles", "counters")
	o, err := load.OpenObjects(testenv.MinIO(t), place, "")
	put(o, err, "posts")

	t.Setenv("STORES_MONGODB", testenv.MongoDB(t))
	t.Setenv("STORES_CASSANDRA", testenv.Cassandra(t))
	t.Setenv("STORES_MINIO", testenv.MinIO(t))
	sentimentAPI(t, data)
	return place
}

func dropPlace(t *testing.T, place string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	if documents, err := mongo.Connect(options.Client().ApplyURI(testenv.MongoDB(t))); err == nil {
		_ = documents.Database(place).Drop(ctx)
		_ = documents.Disconnect(ctx)
	}
	_ = client.DropKeyspace(ctx, testenv.Cassandra(t), place)
	if s3, err := client.S3(testenv.MinIO(t)); err == nil {
		_ = client.DropBucket(ctx, s3, place)
	}
}

// byHand is the join as one would write it over the file, for a range.
const byHand = `WITH posts AS (SELECT * FROM read_parquet('%FILE%')),
  asked AS (SELECT author, count(*) AS n, count(*) FILTER (WHERE sentiment = 'negative') AS negative FROM posts
            WHERE published_at >= CAST(? AS TIMESTAMP) AND published_at < CAST(? AS TIMESTAMP) GROUP BY author),
  ever AS (SELECT author, count(*) AS n, first(channel ORDER BY published_at, id) AS first_channel FROM posts GROUP BY author)
`

func sqlByHand(t *testing.T, root, text string, args ...any) (columns [][]any) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), strings.Replace(byHand, "%FILE%", filepath.Join(root, "conversations", "posts.parquet"), 1)+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	columns = make([][]any, len(names))
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range row {
			if n, ok := v.(int64); ok {
				v = float64(n) // as JSON has it
			}
			columns[i] = append(columns[i], v)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns
}

// A widget over three stores gives what one statement over all rows gives.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestAWidgetJoinsThreeStores(t *testing.T) {
	root := t.TempDir()
	pages := loaded(t, root)
	got := answers(t, pages, "StoresPage", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"})

	standing := column(t, got["standing"], "standing", "authors", "authors_previous", "posts", "negative_share")
	want := sqlByHand(t, root, `SELECT CASE WHEN ever.n > asked.n THEN 'also at other times' ELSE 'only in this range' END, count(*), NULL, sum(asked.n)::BIGINT, sum(negative) / sum(asked.n)
		FROM asked JOIN ever USING (author) GROUP BY 1 ORDER BY 2 DESC`, "2002-09-01", "2002-10-01")
	before := sqlByHand(t, root, `SELECT CASE WHEN ever.n > asked.n THEN 'also at other times' ELSE 'only in this range' END, count(*) FROM asked JOIN ever USING (author) GROUP BY 1 ORDER BY 1`,
		"2002-08-02", "2002-09-01")
	want[2] = before[1]
	if diff := cmp.Diff(want, standing); diff != "" {
		t.Errorf("standing: %s", diff)
	}

	top := column(t, got["top_authors"], "author", "first_channel", "posts", "ever", "negative_share")
	want = sqlByHand(t, root, `SELECT author, first_channel, asked.n, ever.n, negative / asked.n FROM asked JOIN ever USING (author)
		ORDER BY asked.n DESC, author LIMIT 8`, "2002-09-01", "2002-10-01")
	if diff := cmp.Diff(want, top); diff != "" {
		t.Errorf("top authors: %s", diff)
	}

	// The request's filters are on the joined rows; a range without posts still has columns.
	filtered := answers(t, pages, "StoresPage", &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30",
		SelectedWidgets: []string{"standing"}, Filters: []byte(`{"first_channel": ["fork"]}`)})
	want = sqlByHand(t, root, `SELECT count(*), sum(asked.n)::BIGINT FROM asked JOIN ever USING (author) WHERE first_channel = 'fork'
		GROUP BY ever.n > asked.n ORDER BY 1 DESC`, "2002-09-01", "2002-10-01")
	if diff := cmp.Diff(want, column(t, filtered["standing"], "authors", "posts")); diff != "" {
		t.Errorf("filtered: %s", diff)
	}
	none := answers(t, pages, "StoresPage", &models.Request{CompanyID: "1", StartDate: "1999-09-01", EndDate: "1999-09-30", SelectedWidgets: []string{"standing", "top_authors"}})
	for id, v := range none {
		if data, _ := v.(map[string]any); data["status"] != "empty" {
			t.Errorf("%s without posts: %v", id, data["status"])
		}
	}
	other := answers(t, pages, "StoresPage", &models.Request{CompanyID: "2", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{"standing", "profiles"}})
	if data, _ := other["standing"].(map[string]any); data["status"] != "empty" {
		t.Errorf("another tenant sees %v", other)
	}
}

// column returns columns of a widget's answer, by name.
func column(t *testing.T, answer any, names ...string) [][]any {
	t.Helper()
	data, ok := answer.(map[string]any)
	if !ok {
		t.Fatalf("no answer: %v", answer)
	}
	fields := data["schema"].(map[string]any)["fields"].([]any) //nolint:forcetypeassert // a test
	values := data["data"].(map[string]any)["values"].([]any)   //nolint:forcetypeassert // a test
	out := make([][]any, len(names))
	var known []string
	for i, f := range fields {
		name, _ := f.(map[string]any)["name"].(string)
		known = append(known, name)
		for j, want := range names {
			if name == want {
				out[j], _ = values[i].([]any)
			}
		}
	}
	for j, c := range out {
		if c == nil {
			t.Fatalf("no column %s among %v", names[j], known)
		}
	}
	return out
}

// A join of a part of the rows would look like the whole: it is an error that says so.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestAJoinOfTooManyRowsFails(t *testing.T) {
	pages := loaded(t, t.TempDir())
	s := pages.Snapshot()
	p, err := plan.Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", SelectedWidgets: []string{"standing"}},
		s.Catalog.Pages["StoresPage"], s.Catalog, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p.Widgets[0].Steps[0].Query.Relation.Join.Inputs[0].Query.MaxRows = 10
	var got error
	if err := s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, _ *plan.Widget, _ *format.Data, err error) error {
		got = err
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if fault.ReasonOf(got) != "source_limit" || !strings.Contains(fault.SafeText(got), "posts has more than 10 rows") {
		t.Errorf("%v", got)
	}
}
