package strategies

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const feedCatalog = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  posts:
    source: s
    table: posts
    time: {field: at, storage: timestamptz}
    tenant: none
    limits: {rows: 50}
    dimensions:
      at: {field: at, type: time}
      id: {field: id, type: int}
      text: {field: text, mask: true}
pages:
  Posts:
    widgets:
      newest: {kind: feed, dataset: posts, dimensions: [at, id, text]}
      oldest: {kind: feed, dataset: posts, dimensions: [at, id, text], sort: [at]}
`

// log is a source of posts by their times, the newest first. It refuses to answer with more rows than a query may.
type log struct {
	source.Source
	at    []time.Time
	asked int
	fails int // which query fails, from 1
	rows  int // the dataset's limit; 0 is 50
}

func (l *log) Query(_ context.Context, q *query.Query) (*source.Result, error) {
	if l.asked++; l.asked == l.fails {
		return nil, fault.New(fault.Permanent, "source_gone", "gone", nil)
	}
	fields := []frame.Field{{Name: "at", Kind: frame.Time}, {Name: "id", Kind: frame.Int}, {Name: "text", Kind: frame.String}}
	if q.Total {
		fields = append(fields, frame.Field{Name: query.ColumnTotal, Kind: frame.Int})
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, err
	}
	var in []int
	for i, at := range l.at {
		if !at.Before(q.Range.From) && at.Before(q.Range.To) {
			in = append(in, i)
		}
	}
	for n, i := range in {
		if n == q.Limit {
			break
		}
		row := []any{l.at[i], int64(i), fmt.Sprintf("write to person%d@example.org", i)}
		if q.Total {
			row = append(row, int64(len(in)))
		}
		if err := b.Append(row...); err != nil {
			return nil, err
		}
	}
	return &source.Result{Frame: b.Frame()}, nil
}

// export computes the page as an export would.
func export(t *testing.T, l *log, widget string) *report.Widget {
	t.Helper()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(strings.ReplaceAll(feedCatalog, "rows: 50", fmt.Sprintf("rows: %d", cmp.Or(l.rows, 50))))}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	page, ok := Pages{Snapshot: &Snapshot{Catalog: cat, Engine: &engine.Engine{Sources: map[string]source.Source{"s": l}, Workers: 1}}, Now: time.Now}.Page(catalog.PageKey{Page: "Posts"})
	if !ok {
		t.Fatal("no page")
	}
	made, failed, err := page.Report(t.Context(), &models.Request{EventName: "staci.calc.export_request", StartDate: "2025-01-01", EndDate: "2025-01-31", SelectedWidgets: []string{widget}}, nil)
	if err != nil || len(failed) > 0 {
		t.Fatal(err, failed)
	}
	return &made.Widgets[0]
}

// read returns all ids of an export in their order, and its first text.
func read(w *report.Widget) (ids []int64, text any, err error) {
	take := func(values [][]any) {
		for i, v := range values[1] {
			id, _ := v.(int64)
			ids = append(ids, id)
			text = values[2][i]
		}
	}
	take(w.Data.Data.Values)
	if w.Rest == nil {
		return ids, text, nil
	}
	for d, err := range w.Rest {
		if err != nil {
			return ids, text, err
		}
		take(d.Data.Values)
	}
	return ids, text, nil
}

// TestAllRowsOfAFeed: whatever the rows' times are, each row comes once and in its place, in about as many queries as it takes.
func TestAllRowsOfAFeed(t *testing.T) {
	t.Parallel()
	begin, end := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)
	for name, gap := range map[string]func(r *rand.Rand) time.Duration{
		"even":      func(*rand.Rand) time.Duration { return 30 * time.Second },
		"dense":     func(r *rand.Rand) time.Duration { return time.Duration(r.IntN(300)) * time.Microsecond },
		"in bursts": func(r *rand.Rand) time.Duration { return []time.Duration{0, 0, 0, time.Hour}[r.IntN(4)] },
		"with a hole": func(r *rand.Rand) time.Duration {
			return []time.Duration{time.Second, 300 * time.Minute}[r.IntN(100)/99]
		},
	} {
		for _, n := range []int{49, 50, 51, 100, 2000} {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			l := &log{}
			for at := end.Add(-time.Microsecond); len(l.at) < n && !at.Before(begin); at = at.Add(-gap(r)) {
				l.at = append(l.at, at)
			}
			l.at[len(l.at)-1] = begin // the range's own first moment
			inside := len(l.at)
			for i := range 30 {
				l.at = append(l.at, begin.Add(-time.Duration(i+1)*time.Microsecond))
			}
			ids, text, err := read(export(t, l, "newest"))
			want := make([]int64, inside)
			for i := range want {
				want[i] = int64(i)
			}
			if err != nil || !slices.Equal(ids, want) {
				t.Fatalf("%s, %d: %v; %d rows, not %d: %v", name, n, err, len(ids), len(want), ids)
			}
			if s, _ := text.(string); s == "" || s == fmt.Sprintf("write to person%d@example.org", len(want)-1) {
				t.Errorf("%s, %d: a masked text reads %q", name, n, s)
			}
			if most := 40 + 4*len(want)/50; l.asked > most {
				t.Errorf("%s, %d: %d queries, more than %d", name, n, l.asked, most)
			}
		}
	}
}

// TestDenseFeeds: where more rows have one time than a slice has, a slice is as large as a query's answer may be, and no row is lost.
func TestDenseFeeds(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 1, 9, 0, 0, 0, 0, time.UTC)
	same := slices.Repeat([]time.Time{at}, 4500)
	var even []time.Time
	for i := range 4500 {
		even = append(even, at.Add(-time.Duration(i+1)*time.Second))
	}
	late := slices.Repeat([]time.Time{at.Add(-10 * time.Hour)}, 4500)
	for name, times := range map[string][]time.Time{"at the beginning": slices.Concat(same, even), "in the end": slices.Concat(even, late), "all": same, "some": even} {
		ids, _, err := read(export(t, &log{at: times, rows: 5000}, "newest"))
		if err != nil || len(ids) != len(times) || !slices.IsSorted(ids) || ids[len(ids)-1] != int64(len(times)-1) {
			t.Errorf("%s: %d rows, not %d; %v", name, len(ids), len(times), err)
		}
	}
}

// TestFeedsThatCannotBeReadOn: an order of another kind leaves what one query has, too many rows at one time are an error that says so, and
// so is a source that fails midway.
func TestFeedsThatCannotBeReadOn(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 1, 9, 0, 0, 0, 0, time.UTC)
	even := func(n int) (out []time.Time) {
		for i := range n {
			out = append(out, at.Add(-time.Duration(i)*time.Second))
		}
		return out
	}
	if ids, _, err := read(export(t, &log{at: even(120)}, "oldest")); err != nil || len(ids) != 50 {
		t.Errorf("the oldest first: %d rows, %v", len(ids), err)
	}
	same := slices.Repeat([]time.Time{at.Add(-time.Hour)}, 60)
	if ids, _, err := read(export(t, &log{at: same}, "newest")); len(ids) != 0 || fault.ReasonOf(err) != "export_too_dense" {
		t.Errorf("all at one time: %d rows, %v", len(ids), err)
	}
	if _, _, err := read(export(t, &log{at: append(even(60), same...)}, "newest")); fault.ReasonOf(err) != "export_too_dense" {
		t.Errorf("too many at one time: %v", err)
	}
	var failed *fault.Error
	if _, _, err := read(export(t, &log{at: even(300), fails: 3}, "newest")); !errors.As(err, &failed) || fault.ReasonOf(err) != "source_gone" {
		t.Errorf("a source that fails: %v", err)
	}
}
