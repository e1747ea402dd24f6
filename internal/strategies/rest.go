package strategies

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// A feed of more rows than one query may answer with is read in slices of time, from the newest to the oldest: every store answers those by
// the index or the partitions that it has for its time, none counts rows that it skips, and the memory is that of one slice.

// slicer reads a feed on.
type slicer struct {
	engine *engine.Engine
	widget *plan.Widget
	column int           // of the rows' time, in the data
	before time.Time     // all rows from here on have been read
	width  time.Duration // of the next slice
	rows   int           // how many it may have
}

// rest returns the rows of a feed that follow those of first, or nil where first has them all or they cannot be read on: the rows are not the
// newest first, or do not show their time. The rows of the last millisecond of first, of which there may be more, come again and are taken out of it.
func (p *Page) rest(ctx context.Context, w *plan.Widget, first *format.Data) iter.Seq2[*format.Data, error] {
	if w.Kind != catalog.Feed || len(w.Steps) != 1 || first.Paging == nil || first.Paging.Total == nil || *first.Paging.Total <= int64(w.PageSize) {
		return nil
	}
	within := w.Steps[0].Query.Range
	s := slicer{engine: p.snapshot.Engine, widget: w, column: timeColumn(w.Steps[0].Query, first), before: within.To, rows: w.PageSize}
	if s.column < 0 {
		return nil
	}
	if s.shorten(first) {
		s.fit(first)
	} else { // all at one time: they come again, and all others with them
		s.width, s.rows = within.To.Sub(within.From), s.most()
		keep(first, 0)
	}
	return func(yield func(*format.Data, error) bool) {
		shown := newDoubles(w.Steps[0].Query, first)
		for on := s; on.before.After(within.From); {
			d, err := on.next(ctx, within.From)
			if err == nil {
				shown.takeOut(d)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

// most is how many rows one query may answer with.
func (s *slicer) most() int { return s.widget.Spec.Dataset.Limits.Rows }

// sliceBytes is about what the values of a slice take.
const sliceBytes = 16 << 20

// fit makes the next slice as many rows as have that size, going by those of d.
func (s *slicer) fit(d *format.Data) {
	n, bytes := len(d.Data.Values[s.column]), 1
	for _, values := range d.Data.Values {
		for _, v := range values {
			text, _ := v.(string)
			bytes += 24 + len(text)
		}
	}
	if n > 0 {
		s.rows = min(max(s.widget.PageSize, n*sliceBytes/bytes), s.most())
	}
}

// timeColumn finds the column of the rows' time in the data, which orders them, the newest first; -1 where there is none.
func timeColumn(q *query.Query, d *format.Data) int {
	name := plan.NewestFirst(q)
	for i := range d.Schema.Fields {
		if d.Schema.Fields[i].Name == name && d.Schema.Fields[i].Type == "time" {
			return i
		}
	}
	return -1
}

// shorten takes out the rows of the last millisecond and goes on from there. False says that there are no others.
func (s *slicer) shorten(d *format.Data) bool {
	times := d.Data.Values[s.column]
	n := len(times)
	if n == 0 {
		return false
	}
	last, ok := times[n-1].(int64)
	for n > 0 && times[n-1] == times[len(times)-1] {
		n--
	}
	if !ok || n == 0 {
		return false
	}
	keep(d, n)
	newest, _ := times[0].(int64)
	s.before = time.UnixMilli(last + 1)
	s.width = max(time.Duration(newest-last)*time.Millisecond, time.Second)
	return true
}

// keep cuts off all rows but the first n.
func keep(d *format.Data, n int) {
	for i := range d.Data.Values {
		d.Data.Values[i] = d.Data.Values[i][:n]
	}
}

// next reads one slice. One that was too wide gives as many rows as it may have, and the next one is as wide as those.
func (s *slicer) next(ctx context.Context, from time.Time) (*format.Data, error) {
	lower := s.before.Add(-s.width)
	if lower.Before(from) {
		lower = from
	}
	d, err := s.ask(ctx, query.Range{From: lower, To: s.before})
	if err != nil {
		return nil, err
	}
	if n := len(d.Data.Values[s.column]); n < s.rows {
		s.before = lower
		if n < s.rows/2 {
			s.width *= 2
		}
		return d, nil
	}
	if s.shorten(d) {
		s.fit(d)
		return d, nil
	}
	if s.rows < s.most() { // more rows at one time than a slice has
		s.rows = s.most()
		return s.next(ctx, from)
	}
	return nil, fault.New(fault.Permanent, "export_too_dense", "more rows have the same time than one query may answer with",
		fmt.Errorf("strategies: %s: %d rows at one time before %s", s.widget.ID, s.rows, s.before.UTC()))
}

func (s *slicer) ask(ctx context.Context, r query.Range) (data *format.Data, err error) {
	w, q := *s.widget, *s.widget.Steps[0].Query
	q.Range, q.Total, q.Limit, w.PageSize = r, false, s.rows, s.rows
	w.Steps = []plan.Step{{Role: plan.Main, Source: s.widget.Steps[0].Source, Query: &q}}
	err = s.engine.Run(ctx, &plan.Plan{Widgets: []plan.Widget{w}}, func(string) bool { return false }, func(_ context.Context, _ *plan.Widget, d *format.Data, failed error) error {
		data = d
		return failed
	})
	return data, err
}
