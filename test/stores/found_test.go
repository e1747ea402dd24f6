package stores

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// found are widgets that random questions once found a difference with, and what was at fault.
func found() map[string]string {
	return map[string]string{
		// Trino takes a clock that was read twice for the earlier time. DocumentDB takes the .001 of a clock for a tenth of a second, when it reads a time in a zone.
		"clocks":          `{kind: feed, dataset: posts_untimed, dimensions: [wall, day, ems, n, language], page_size: 1000, total: true}`,
		"clocks_in_order": `{kind: feed, dataset: posts_untimed, dimensions: [wall, id], sort: [-wall, id], page_size: 1000}`,
		"groups_by_clock": `{kind: table, dataset: posts_untimed, dimensions: [wall], measures: [rows], sort: [wall], page_size: 1000}`,
	}
}

// What was found once stays mended, on every store.
func TestWidgetsThatDifferedOnce(t *testing.T) {
	t.Parallel()
	s := troubles()
	stores := openBenches(t, s, "duckdb", "mongodb", "cassandra", "minio/parquet", "versitygw/json", "http", "trino")
	plain := oracle(sourcetest.NewPlain(s.rows))
	page := &pageYAML{Measures: yaml.MapSlice{{Key: "rows", Value: yaml.MapSlice{{Key: "agg", Value: "count"}}}}}
	for name, widget := range found() {
		var w yaml.MapSlice
		if err := yaml.Unmarshal([]byte(widget), &w); err != nil {
			t.Fatal(err)
		}
		page.Widgets = append(page.Widgets, yaml.MapItem{Key: name, Value: w})
	}
	req := request{`{"eventName":"explore_go_dispatcher","eventData":{"company_id":"acme","page_name":"P"}}`, time.Date(2041, 1, 1, 0, 0, 0, 0, time.UTC)}
	decoded, err := models.Decoder{}.Decode(req.payload)
	if err != nil {
		t.Fatal(err)
	}
	c, err := plain.catalog(page.text)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := plain.ask(t.Context(), c, decoded, req.now)
	if err != nil {
		t.Fatal(err)
	}
	for id, w := range want {
		if w.err != nil || len(strings.TrimSpace(text(columnsOf(w.data)))) < 100 {
			t.Errorf("%s says nothing: %s", id, clipped(told(w)))
		}
	}
	reports := make([]report, len(stores))
	var wg sync.WaitGroup
	for i, b := range stores {
		wg.Go(func() { reports[i] = b.compare(t.Context(), page, nil, decoded, req, want) })
	}
	wg.Wait()
	if text := together(c, page, reports, want); text != "" {
		t.Error(text)
	}
}
