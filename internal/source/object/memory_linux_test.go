package object_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/object"
)

// What a query may hold of its rows, and how many times that it passes over; beside it a process has its code, its heap and its stacks.
const (
	memoryLimit  = 48 << 20
	memoryTimes  = 10
	memoryBeside = 256 << 20
	memoryWidth  = 200 // bytes of a row's text
	memoryRows   = memoryTimes * memoryLimit / memoryWidth
	memoryTask   = "DISPATCHER_TEST_MEMORY"
)

// A query passes over ten times more rows than memory may hold: those of an object are not held, those of another source go to the disk. The process's
// peak says so.
func TestPeakMemoryIsBounded(t *testing.T) {
	t.Parallel()
	if task := os.Getenv(memoryTask); task != "" {
		passOver(t, task)
		return
	}
	b := newBucket(t, servers()["minio"](t))
	b.put("rows.parquet", parquet(t, fmt.Sprintf("SELECT i AS n, lpad(i::VARCHAR, %d, 'x') AS s FROM range(%d) t(i)", memoryWidth, memoryRows), "COMPRESSION zstd"))
	for _, task := range []string{"objects", "rows"} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPeakMemoryIsBounded$", "-test.v")
		cmd.Env = append(os.Environ(), memoryTask+"="+task+" "+b.url+" "+b.name)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "passed over") {
			t.Fatalf("%s: %v\n%s", task, err, out)
		}
		// The kernel's own measure of the child, as it ends: what wait tells includes the parent's memory from before the exec.
		var peak int64
		if _, err := fmt.Sscanf(string(out[bytes.Index(out, []byte("VmHWM:")):]), "VmHWM: %d kB", &peak); err != nil {
			t.Fatal(err)
		}
		peak <<= 10
		if peak > memoryLimit+memoryBeside {
			t.Errorf("%s: the peak was %d MiB over %d MiB of rows", task, peak>>20, memoryRows*memoryWidth>>20)
		}
		t.Logf("%s: peak %d MiB over %d MiB of rows", task, peak>>20, memoryRows*memoryWidth>>20)
	}
}

// passOver is the child: it looks at the texts of all rows, of an object or of another source.
func passOver(t *testing.T, task string) {
	t.Helper()
	parts := strings.Fields(task)
	cache := filepath.Join(t.TempDir(), "cache")
	engine, err := duckdb.Open(t.Context(), duckdb.Config{
		DataRoot: cache, Connections: 1, MemoryLimit: memoryLimit, SpillDir: filepath.Join(t.TempDir(), "spill"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	text := query.Field{Column: "s", Type: query.String}
	q := &query.Query{
		Dataset: "rows", Relation: query.Relation{Files: []string{"rows.parquet"}, Format: "parquet"}, MaxRows: 10,
		Measures: []query.Measure{{Name: "rows", Agg: query.Count}},
		Where:    query.Compare{Field: text, Op: query.Gte, Values: []any{"0"}},
	}
	var n int64
	if parts[0] == "rows" {
		r, err := engine.Compute(t.Context(), q, []query.Field{text}, func(yield func([]any, error) bool) {
			same := strings.Repeat("x", memoryWidth-8)
			for i := range memoryRows {
				if !yield([]any{same + strconv.Itoa(10_000_000+i)}, nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		n, _ = r.Frame.At(0).Int(0)
	} else {
		s, err := object.Open(t.Context(), object.Config{URL: parts[1], Bucket: parts[2], CacheDir: cache, Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		n, _ = r.Frame.At(0).Int(0)
	}
	if n != memoryRows {
		t.Fatalf("%d rows, want %d", n, memoryRows)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("passed over\n%s", status)
}
