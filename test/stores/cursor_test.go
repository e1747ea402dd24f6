package stores

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// paged is a feed or a table, as it is drawn, and what is asked of it.
type paged struct {
	widget string // YAML
	data   map[string]any
}

// TestPagesAreTheWhole: the pages of a feed or a table, one after the other by their cursors, are what plain Go answers at once: in any order, with any ties,
// nulls and clocks, whatever the sizes of the pages, on every store.
func TestPagesAreTheWhole(t *testing.T) {
	t.Parallel()
	s := troubles()
	stores, plain := openBenches(t, s, "duckdb", "mongodb", "cassandra", "minio/parquet"), oracle(sourcetest.NewPlain(s.rows))
	most := 30 // each has tens of pages on each store
	if n := drawn(t); n != defaultCases {
		most = n / 5
	}
	walked, pages, cases, failed := 0, 0, 0, false
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPaged(rt)
		if cases++; cases > most && !failed {
			return
		}
		fail := func(format string, args ...any) {
			failed = true // what fails is asked again, to find a shorter one
			rt.Fatalf(format, args...)
		}
		whole, err := plain.walk(t.Context(), p, []int{1000}, 1)
		if err != nil {
			fail("%s %v: %v", p.widget, p.data, err)
		}
		sizes := rapid.SliceOfN(rapid.IntRange(5, 60), 1, 4).Draw(rt, "sizes")
		for _, b := range append([]*bench{plain}, stores...) {
			got, err := b.walk(t.Context(), p, sizes, 1000)
			if err != nil {
				fail("%s: %s %v: %v", b.name, p.widget, p.data, err)
			}
			if i := firstDifference(got.rows, whole.rows); i >= 0 {
				fail("%s: %s %v in pages of %v: %d rows, want %d; row %d is\n%s\nwant\n%s", b.name, p.widget, p.data, sizes, len(got.rows), len(whole.rows), i,
					strings.Join(got.rows[min(i, len(got.rows)):min(i+3, len(got.rows))], "\n"), strings.Join(whole.rows[min(i, len(whole.rows)):min(i+3, len(whole.rows))], "\n"))
			}
			walked, pages = walked+len(got.rows), pages+got.pages
		}
	})
	t.Logf("%d rows on %d pages of %d lists", walked, pages, min(cases, most))
}

func drawPaged(t *rapid.T) paged {
	names := make([]string, 0, len(datasets()))
	for name := range datasets() {
		if name != "posts_ems" { // which has seven rows at once
			names = append(names, name)
		}
	}
	slices.Sort(names)
	dataset := rapid.SampledFrom(names).Draw(t, "dataset")
	all := []string{"id", "channel", "text", "author", "language", "keyword", "n", "big", "x", "wild", "flag", "at", "tz", "wall", "day", "es", "ems"}
	columns := rapid.Permutation(all).Draw(t, "columns")[:rapid.IntRange(1, 7).Draw(t, "many")]
	kind, measures := "feed", ""
	if often(t, "table", 3) {
		kind, measures = "table", ", measures: [rows, top]"
		columns = slices.DeleteFunc(columns, func(c string) bool { return c == "keyword" })
		columns = append(columns[:min(3, len(columns))], "language")
		slices.Sort(columns)
		columns = slices.Compact(columns)
	}
	sortable := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "keyword" })
	if kind == "table" {
		sortable = append(sortable, "rows", "top")
	}
	data := map[string]any{"company_id": "acme", "start_date": "1999-01-01", "end_date": "2018-12-31", "timezone": oneOf(t, "zone", "UTC", "America/New_York")}
	var sort []string
	for _, c := range sortable {
		if len(sort) < 3 && rapid.Bool().Draw(t, "sorted") {
			sort = append(sort, oneOf(t, "direction", "", "-")+c)
		}
	}
	text := fmt.Sprintf("{kind: %s, dataset: %s, dimensions: [%s]%s, page_size: 30, total: %t", kind, dataset, strings.Join(columns, ", "), measures, rapid.Bool().Draw(t, "total"))
	if kind == "feed" && len(sortable) > 0 && often(t, "distinct", 3) {
		text += ", distinct_by: " + rapid.SampledFrom(sortable).Draw(t, "by")
	}
	if len(sort) > 0 && rapid.Bool().Draw(t, "by the catalog") {
		text += `, sort: ["` + strings.Join(sort, `", "`) + `"]`
	} else if len(sort) > 0 {
		data["sort"] = sort
	}
	if rapid.Bool().Draw(t, "filtered") {
		data["filters"] = map[string]any{"language": map[string]any{"ne": "en"}}
	}
	return paged{text + "}", data}
}

// firstDifference is where two lists begin to differ, or -1.
func firstDifference(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

// walkedPages is what the pages together had.
type walkedPages struct {
	rows  []string
	pages int
}

// walk asks for one page after the other, with sizes by turns. Each is asked some hours after the one before.
func (b *bench) walk(ctx context.Context, p paged, sizes []int, most int) (out walkedPages, err error) {
	c, err := b.catalog(func(relation func(string) string) string {
		return datasetsYAML(relation, "{rows: {agg: count}, top: {agg: max, field: n}}") + "pages:\n  P: {widgets: {w: " + p.widget + "}}\n"
	})
	if err != nil {
		return out, err
	}
	cursor, total := "", any(nil)
	for out.pages = 0; out.pages < most; out.pages++ {
		data, err := b.page(ctx, c, p, cursor, sizes[out.pages%len(sizes)], out.pages)
		if err != nil {
			return out, err
		}
		columns := columnsOf(data)
		for i := range columns[0] {
			var row []string
			for _, column := range columns {
				if column[i] == 0.0 {
					column[i] = 0 // not every store keeps the sign of nothing
				}
				row = append(row, fmt.Sprint(column[i]))
			}
			out.rows = append(out.rows, strings.Join(row, " | "))
		}
		paging, _ := data["paging"].(map[string]any)
		if n := paging["total"]; out.pages == 0 {
			total = n
		} else if n != total {
			return out, fmt.Errorf("page %d has a total of %v, the first one of %v", out.pages+1, n, total)
		}
		if paging["page"] != float64(out.pages+1) {
			return out, fmt.Errorf("page %d says that it is %v", out.pages+1, paging["page"])
		}
		var more bool
		if cursor, more = paging["next_cursor"].(string); !more {
			if total != nil && total != float64(len(out.rows)) {
				return out, fmt.Errorf("%d rows, and a total of %v", len(out.rows), total)
			}
			return out, nil
		}
	}
	if most > 1 {
		return out, fmt.Errorf("there is no end after %d pages", out.pages)
	}
	return out, nil
}

func (b *bench) page(ctx context.Context, c *catalog.Catalog, p paged, cursor string, size, number int) (map[string]any, error) {
	p.data["cursor"], p.data["page_size"] = cursor, size
	payload, err := json.Marshal(map[string]any{"eventName": "explore_go_dispatcher", "eventData": p.data})
	if err != nil {
		return nil, err
	}
	req, err := models.Decoder{}.Decode(string(payload))
	if err != nil {
		return nil, err
	}
	got, _, err := b.ask(ctx, c, req, time.Date(2039, 6, 1, 12+number, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	return got["w"].data, got["w"].err
}
