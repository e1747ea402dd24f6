package stores

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
)

const away = `version: 1
extends: builtin
sources:
  away_m: {kind: mongodb, database: d, url_file: %q}
  away_c: {kind: cassandra, keyspace: k, url_file: %q}
  away_o: {kind: s3, bucket: bucket, url_file: %q}
datasets:
  m: {source: away_m, table: t, tenant: none, measures: {n: {agg: count}}}
  c: {source: away_c, table: t, tenant: none, partition: {keys: [{field: k, values: [a]}]}, measures: {n: {agg: count}}}
  o: {source: away_o, files: a.parquet, tenant: none, measures: {n: {agg: count}}}
pages:
  MixedPage:
    events: [mixed]
    widgets:
      in_mongodb: {kind: stat, dataset: m, measures: [n]}
      in_cassandra: {kind: stat, dataset: c, measures: [n]}
      in_s3: {kind: stat, dataset: o, measures: [n]}
      here: {kind: stat, dataset: posts, measures: [posts]}
`

// Stores that are away fail their own widgets, whether or not they were there at the start; the rest of the page is delivered.
func TestStoresThatAreAwayFailTheirWidgetsAlone(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	pages := over(t, root, fmt.Sprintf(away,
		urlFile(t, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300"), urlFile(t, "cassandra://u:p@127.0.0.1:1"), urlFile(t, "http://k:s@127.0.0.1:1")))
	s := pages.Snapshot()
	p, err := plan.Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}, s.Catalog.Pages["MixedPage"], s.Catalog, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ends := make(map[string]string)
	if err := s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		ends[w.ID] += statusOf(data) + codeOf(err)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"in_mongodb": "source_unavailable", "in_cassandra": "source_unavailable", "in_s3": "source_unavailable", "here": "ok",
	} {
		if ends[id] != want {
			t.Errorf("%s ended with %q, want %q", id, ends[id], want)
		}
	}
}

func statusOf(data *format.Data) string {
	if data == nil {
		return ""
	}
	return string(data.Status)
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.ReasonOf(err)
}
