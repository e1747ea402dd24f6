package parquet_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
)

// made returns the Parquet file that DuckDB makes of a SELECT.
func made(t testing.TB, selecting, options string) []byte {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	path := filepath.Join(t.TempDir(), "file")
	if _, err := db.ExecContext(t.Context(), "COPY ("+selecting+") TO '"+path+"' (FORMAT parquet"+options+")"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const everyType = `SELECT i AS n, i::INTEGER AS small, i % 3 = 0 AS yes, i * 0.5 AS half, i::FLOAT AS single, 'text ' || i AS t, TIMESTAMP '2002-01-01' + to_minutes(i) AS moment,
	(TIMESTAMP '2002-01-01' + to_minutes(i))::TIMESTAMP_MS AS ms, (TIMESTAMP '2002-01-01')::TIMESTAMP_NS AS ns, DATE '2002-01-01' AS day, i::DECIMAL(20, 2) AS money,
	[i, i + 1] AS list, {'a': i, 'b': {'c': [t.i::VARCHAR]}} AS nested, MAP {'k': i} AS keyed, uuid() AS id, i::HUGEINT AS huge,
	CASE WHEN i % 2 = 0 THEN i END AS gaps FROM range(5000) t(i)`

func read(t testing.TB, data []byte) *parquet.File {
	t.Helper()
	f, err := readFile(data, parquet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFile(data []byte, l parquet.Limits) (*parquet.File, error) {
	at, err := parquet.FooterAt(data, int64(len(data)), l)
	if err != nil {
		return nil, err
	}
	return parquet.Read(data[at:len(data)-parquet.Fixed], at, l)
}

func TestFootersOfSoundFiles(t *testing.T) {
	t.Parallel()
	for _, options := range []string{"", ", COMPRESSION zstd", ", COMPRESSION gzip, ROW_GROUP_SIZE 2048", ", PARQUET_VERSION v2", ", COMPRESSION uncompressed, PARQUET_VERSION v2, ROW_GROUP_SIZE 2048"} {
		data := made(t, everyType, options)
		f := read(t, data)
		for g := range f.Rows {
			for c := range f.Columns {
				if _, err := f.CheckPages(t.Context(), bytes.NewReader(data), f.Chunk(g, c), parquet.Limits{}); err != nil {
					t.Errorf("%s: row group %d, column %s: %v", options, g, f.Columns[c].Root, err)
				}
			}
		}
		// Each row group alone, and all of them, read as they did in the file.
		whole := sum(t, data)
		var parts int64
		all := make([]int, len(f.Rows))
		for g := range f.Rows {
			all[g] = g
			parts += sum(t, append(bytes.Clone(data[:f.At()]), f.Footer(g)...))
		}
		if again := sum(t, append(bytes.Clone(data[:f.At()]), f.Footer(all...)...)); whole == 0 || parts != whole || again != whole {
			t.Errorf("%s: the file adds up to %d, its parts to %d, a copy to %d", options, whole, parts, again)
		}
	}
}

// sum reads every column of a file, and adds up what can be.
func sum(t testing.TB, data []byte) (n int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.parquet")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), `SELECT (sum(n) + sum(small) + sum(epoch(moment)) + sum(epoch_ms(ms) // 1000) + sum(epoch_ns(ns) // 1000000000) + sum(list[2]) + sum(nested.a) + sum(length(nested.b.c[1])) + sum(keyed['k']) +
		sum(money) + sum(half * 2) + sum(single) + count(*) FILTER (WHERE yes) + sum(length(t)) + sum(epoch(day)) + sum(huge) + sum(gaps) + count(id))::BIGINT FROM read_parquet('`+path+`')`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
