package report_test

import (
	"bytes"
	"database/sql"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // what wrote the file must not be what checks it

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

// parquetFile writes a widget, and returns where it is and a database to read it with.
func parquetFile(t *testing.T, r *report.Report) (path string, db *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "w.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.WriteParquet(file, r, &r.Widgets[0]); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatalf("the writer closed what is not its own: %v", err)
	}
	if db, err = sql.Open("duckdb", ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return path, db
}

// texts returns the rows of a query, each as one text.
func texts(t *testing.T, db *sql.DB, query, path string) (out []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT concat_ws('|', COLUMNS(*)::VARCHAR) FROM ("+query+")", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestParquet: DuckDB reads each value with its type, what is null as null, and what the file says of itself.
func TestParquet(t *testing.T) {
	t.Parallel()
	w := batches(nil)
	w.Data.Schema.Fields[2].Kind = frame.Int
	w.Data.Notices = []format.Notice{{Severity: "info", Code: "synthetic", Text: "Generated."}}
	twice := w.Data.Schema.Fields[1]
	w.Data.Schema.Fields = append(w.Data.Schema.Fields, twice)
	w.Data.Data.Values = append(w.Data.Data.Values, []any{"x", nil})
	first := w.Rest
	w.Rest = func(yield func(*format.Data, error) bool) {
		for d, err := range first {
			d.Data.Values, d.AsOf = append(d.Data.Values, []any{"سلام"}), day(2)
			if !yield(d, err) {
				return
			}
		}
	}
	path, db := parquetFile(t, &report.Report{Title: "P", Filters: []byte(`{"channel":["a"]}`), Made: day(5), Widgets: []report.Widget{w}})
	if got := strings.Join(texts(t, db, "SELECT column_name || ' ' || column_type FROM (DESCRIBE FROM read_parquet($1))", path), ", "); got !=
		"at TIMESTAMP WITH TIME ZONE, channel VARCHAR, posts{team==a} BIGINT, rate DOUBLE, is_other BOOLEAN, channel_2 VARCHAR" {
		t.Error(got)
	}
	got := texts(t, db, `SELECT coalesce(c::VARCHAR, 'null') FROM (SELECT unnest([epoch_us("at")::VARCHAR, channel, "posts{team==a}"::VARCHAR, rate::VARCHAR, is_other::VARCHAR, channel_2]) AS c FROM read_parquet($1))`, path)
	want := []string{"1772323201500000", "=1+1", "1152921504606846976", "0.25", "false", "x", "null", "a,\"b\"\n", "-5", "null", "true", "null", "null", "null", "null", "1e+21", "null", "سلام"}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	about := texts(t, db, `SELECT decode(key) || '=' || decode(value) FROM parquet_kv_metadata($1) ORDER BY 1`, path)
	for _, want := range []string{
		`filters={"channel":["a"]}`, "zone=UTC", "from=2026-03-01T00:00:00Z", "to=2026-03-05T00:00:00Z", "as_of=2026-03-02T00:00:00Z", "made_at=2026-03-05T00:00:00Z",
		"synthetic=true", "widget=w", "title=T", "page=P", "rows=3", "status=ok", `notices=[{"severity":"info","code":"synthetic","text":"Generated."}]`,
	} {
		if !strings.Contains("\n"+strings.Join(about, "\n")+"\n", "\ndispatcher."+want+"\n") {
			t.Errorf("no %s in %q", want, about)
		}
	}
}

// TestParquetLists: a list is a list for whoever reads the file, whatever stands in its values; in files of texts it has commas.
func TestParquetLists(t *testing.T) {
	t.Parallel()
	tags := field("tags", "dimension", "Tags")
	tags.Kind = frame.Strings
	w := report.Widget{ID: "w", Data: data("feed", "T", []format.Field{tags}, []any{format.List("refund, partial" + query.ListSeparator + "bug"), nil, format.List(""), format.List("سلام")})}
	path, db := parquetFile(t, &report.Report{Widgets: []report.Widget{w}})
	got := texts(t, db, "SELECT coalesce(to_json(tags)::VARCHAR, 'none') || ' ' || typeof(tags) FROM read_parquet($1)", path)
	want := []string{`["refund, partial","bug"] VARCHAR[]`, "none VARCHAR[]", "[] VARCHAR[]", `["سلام"] VARCHAR[]`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var lines, table bytes.Buffer
	if err := errors.Join(report.WriteLines(&lines, &w), report.WriteCSV(&table, &w)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(lines.String(), `{"tags":"refund, partial, bug"}`) || !strings.HasPrefix(table.String(), "tags\r\n\"refund, partial, bug\"\r\n") {
		t.Errorf("%s\n%s", lines.String(), table.String())
	}
	book := workbook(t, &report.Report{Language: "en", Widgets: []report.Widget{w}})
	if got := book[1].Rows[2][0]; got != "refund, partial, bug" {
		t.Errorf("a cell holds %q", got)
	}
}

// TestParquetIsBounded: however many rows come, a row group ends in time; the sums are whole.
func TestParquetIsBounded(t *testing.T) {
	t.Parallel()
	fields := []format.Field{field("n", "measure", "N"), field("text", "dimension", "Text")}
	fields[0].Kind = frame.Int
	part := func(from, n, length int) *format.Data {
		numbers, texts := make([]any, n), make([]any, n)
		for i := range n {
			numbers[i], texts[i] = int64(from+i), strings.Repeat("x", length)
		}
		return data("feed", "T", fields, numbers, texts)
	}
	const batch = 30_000
	rest := iter.Seq2[*format.Data, error](func(yield func(*format.Data, error) bool) {
		if yield(part(batch, batch, 1000), nil) && yield(part(2*batch, 10*batch, 1), nil) {
			yield(part(12*batch, 0, 1), nil)
		}
	})
	path, db := parquetFile(t, &report.Report{Widgets: []report.Widget{{ID: "w", Data: part(0, batch, 0), Rest: rest}}})
	const rows = 12 * batch
	if got := texts(t, db, "SELECT count(*) || ' ' || sum(n) FROM read_parquet($1)", path)[0]; got != "360000 64799820000" || rows*(rows-1)/2 != 64_799_820_000 {
		t.Error(got)
	}
	if got := texts(t, db, "SELECT max(row_group_num_rows) <= 131072 AND max(total_uncompressed_size) < 10e6 AND count(DISTINCT row_group_id) > 5 FROM parquet_metadata($1)", path)[0]; got != "true" {
		t.Errorf("row groups: %v", texts(t, db, "SELECT DISTINCT row_group_id || ': ' || row_group_num_rows || ' ' || row_group_bytes FROM parquet_metadata($1)", path))
	}
}

// TestParquetOfNothing: a widget without rows is a file with its columns, for those who read many.
func TestParquetOfNothing(t *testing.T) {
	t.Parallel()
	w := report.Widget{ID: "w", Data: data("table", "T", []format.Field{field("n", "measure", "N"), field("time", "time", "")}, []any{}, []any{})}
	path, db := parquetFile(t, &report.Report{Widgets: []report.Widget{w}})
	if got := texts(t, db, "SELECT count(*) || ' ' || (SELECT string_agg(column_type, ', ') FROM (DESCRIBE FROM read_parquet($1))) FROM read_parquet($1)", path)[0]; got != "0 DOUBLE, TIMESTAMP WITH TIME ZONE" {
		t.Error(got)
	}
}

// TestParquetTellsNumbersApart: what is no value of its column is an error, never another number.
func TestParquetTellsNumbersApart(t *testing.T) {
	t.Parallel()
	f := field("n", "measure", "N")
	f.Kind = frame.Int
	w := report.Widget{ID: "w", Data: data("table", "T", []format.Field{f}, []any{0.5})}
	if err := report.WriteParquet(&strings.Builder{}, &report.Report{Made: time.Now()}, &w); err == nil || !strings.Contains(err.Error(), `"n"`) {
		t.Errorf("half a row: %v", err)
	}
}
