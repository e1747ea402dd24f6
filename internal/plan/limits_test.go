package plan_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

const limited = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  d: {source: s, files: a.parquet, tenant: none, measures: {n: {agg: count}}}
  own:
    source: s
    files: a.parquet
    tenant: none
    limits: {rows: 7, bytes: 1000, read_bytes: 2000, timeout: 3s}
    dimensions: {a: {}}
    measures: {n: {agg: count}}
  joined:
    source: s
    tenant: inputs
    inputs: {o: {dataset: own, dimensions: [a], measures: [n], limit: 50}}
    sql: SELECT n FROM o
    measures: {n: {agg: sum, field: n}}
pages:
  P:
    widgets:
      defaults: {kind: stat, dataset: d, measures: [n]}
      own: {kind: stat, dataset: own, measures: [n]}
      joined: {kind: stat, dataset: joined, measures: [n]}
`

// Every query carries its dataset's limits; the rows of a join's input are bounded by the input.
func TestQueriesCarryTheirLimits(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load(fstest.MapFS{"a.yaml": {Data: []byte(limited)}}, ".")
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(&models.Request{StartDate: "2002-09-01", EndDate: "2002-09-30"}, cat.Pages["P"], cat, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	type limits struct {
		rows        int
		bytes, read int64
		timeout     time.Duration
	}
	got := make(map[string]limits)
	for _, w := range p.Widgets {
		q := w.Steps[0].Query
		got[w.ID] = limits{q.MaxRows, q.MaxBytes, q.MaxReadBytes, q.Timeout}
		if q.Relation.Join != nil {
			q = q.Relation.Join.Inputs[0].Query
			got["input"] = limits{q.MaxRows, q.MaxBytes, q.MaxReadBytes, q.Timeout}
		}
	}
	usual := limits{10_000, 64 << 20, 0, 30 * time.Second}
	for name, want := range map[string]limits{
		"defaults": usual, "joined": usual, "own": {7, 1000, 2000, 3 * time.Second}, "input": {50, 1000, 2000, 3 * time.Second},
	} {
		if got[name] != want {
			t.Errorf("%s: %+v, want %+v", name, got[name], want)
		}
	}
}
