package plan

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Cursor makes the cursor of the page that follows a widget's page.
type Cursor struct {
	from position // where this page begins
	mark []byte   // of the query
	keys []key    // by which rows are ordered, as far as conditions can tell
}

// key is a column that rows are ordered by.
type key struct {
	query.Column
	desc bool
}

// Total is the number of rows as the first page counted it; nil where it did not.
func (c *Cursor) Total() *int64 { return c.from.Total }

// resume has the query go on where the request's cursor says, and prepares the cursor after it.
//
// Rows of a feed are found by the values of the last row: conditions that a store's indexes and partitions serve, however far on the page is. They hold for
// those with the same values, too, of which as many are left out as have been shown. Groups have to be computed before they are ordered, so that
// nothing is spared by conditions: they are counted off, as are rows by columns that no condition can be made of.
func (r *request) resume(w *Widget, q *query.Query) error {
	mark, err := markOf(r.page.Key.String()+" "+w.ID, q)
	if err != nil {
		return fault.New(fault.Permanent, "internal_error", "", err)
	}
	c := &Cursor{mark: mark, keys: keysOf(q, w.Spec)}
	w.Cursor = c
	c.from = position{
		Widget: w.ID, From: r.rng.From.UnixMicro(), To: r.rng.To.UnixMicro(), At: r.now.UnixMicro(), Page: w.Page, Before: int64(q.Offset),
	}
	if r.from == nil {
		return nil
	}
	if !r.from.genuine(mark) {
		return reject(ReasonCursor, "the cursor was altered, or is that of another order, other filters or another tenant; ask for the first page again")
	}
	c.from = *r.from
	w.Page = c.from.Page
	if c.from.Total != nil {
		q.Total = false
	}
	q.Offset = int(c.from.Before)
	if len(c.from.Values) > 0 {
		values, ok := c.values(c.from.Values)
		if !ok {
			return reject(ReasonCursor, "the cursor is damaged; ask for the first page again")
		}
		q.Where, q.Offset = all(q.Where, after(c.keys, values)), int(c.from.Skip)
		narrow(q, c.keys[0], values[0])
	}
	r.freeze(q, time.UnixMicro(c.from.At).UTC())
	return nil
}

// keysOf returns the first columns by which rows are ordered, up to one of which conditions cannot say what comes after a row, or of
// which nothing is shown: keys of objects.
func keysOf(q *query.Query, w *catalog.Widget) (out []key) {
	if !q.Rows || len(q.Distinct) > 0 { // a condition would leave the first of doubles out, and show the second
		return nil
	}
	for _, o := range q.Order {
		i := slices.IndexFunc(q.Select, func(c query.Column) bool { return c.Name == o.Name })
		hidden := slices.ContainsFunc(w.Dimensions, func(d *catalog.Dimension) bool { return d.Name == o.Name && (d.Link != nil || d.Mask) })
		if i < 0 || hidden || q.Select[i].Field.Multi || clocked(q.Select[i]) {
			break
		}
		out = append(out, key{q.Select[i], o.Desc})
	}
	return out
}

// clocked says that a time is kept as a wall clock that jumps: it is ordered by instants and compared as it is kept.
func clocked(c query.Column) bool {
	return c.Field.Type == query.Time && (c.Storage == "" || c.Storage == query.StorageTimestamp) && query.Location(c.Zone) != time.UTC
}

// values reads the values of the keys.
func (c *Cursor) values(raw []json.RawMessage) (out []any, ok bool) {
	if len(raw) != len(c.keys) {
		return nil, false
	}
	for i, k := range c.keys {
		v, ok := readValue(raw[i], k.Field.Type)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// after is the condition on rows that come after one with such values, or have the same. Nulls come last.
func after(keys []key, values []any) query.Filter {
	var rest query.Filter = query.And{} // the same values in all keys
	for i, k := range slices.Backward(keys) {
		is := func(op query.Op, values ...any) query.Filter {
			return query.Compare{Field: k.Field, Op: op, Values: values, Storage: k.Storage, Zone: k.Zone}
		}
		switch {
		case values[i] == nil:
			rest = query.And{is(query.NotExists), rest}
		case k.desc:
			rest = query.Or{is(query.Lt, values[i]), is(query.NotExists), query.And{is(query.Eq, values[i]), rest}}
		default:
			rest = query.Or{is(query.Gt, values[i]), is(query.NotExists), query.And{is(query.Eq, values[i]), rest}}
		}
	}
	return rest
}

// narrow takes the part of the range that has no rows after a time: what is not in it need not be read. The second is for stores that keep times less exactly.
func narrow(q *query.Query, k key, v any) {
	at, ok := v.(time.Time)
	if !ok || q.Time == nil || k.Field.Column != q.Time.Column || k.Storage != q.Time.Storage || k.Zone != q.Time.Zone {
		return
	}
	if end := at.Add(time.Second); k.desc && end.Before(q.Range.To) {
		q.Range.To = end
	}
	if start := at.Add(-time.Second); !k.desc && start.After(q.Range.From) {
		q.Range.From = start
	}
}

// freeze leaves out the rows that have happened since the first page, so that they move none to another page.
func (r *request) freeze(q *query.Query, at time.Time) {
	now := r.now.UTC().Truncate(time.Microsecond)
	if q.Time == nil || q.Time.Storage == query.StorageDate || !at.Before(q.Range.To) || !at.Before(now) {
		return
	}
	q.Where = all(q.Where, query.Not{Of: during(q.Time, query.Range{From: at, To: now})})
}

// Next returns the cursor of the page that begins after so many rows of this one.
func (c *Cursor) Next(rows *frame.Frame, shown int, total *int64) (string, error) {
	next := c.from
	next.Page, next.Before, next.Total = c.from.Page+1, c.from.Before+int64(shown), total
	next.Values, next.Skip = nil, 0
	if values, ok := c.rowValues(rows, shown-1); ok && len(c.keys) > 0 {
		run := 1
		for run < shown {
			if before, _ := c.rowValues(rows, shown-1-run); !equalValues(before, values) {
				break
			}
			run++
		}
		switch {
		case run < shown, c.from.Before == 0:
			next.Values, next.Skip = values, int64(run)
		case len(c.from.Values) > 0 && equalValues(c.from.Values, values):
			next.Values, next.Skip = values, c.from.Skip+int64(run)
		case len(c.from.Values) > 0:
			next.Values, next.Skip = values, int64(run)
		}
	}
	return next.encode(c.mark)
}

// rowValues are the values of a row's keys; false where a cursor cannot hold them.
func (c *Cursor) rowValues(rows *frame.Frame, row int) (out []json.RawMessage, ok bool) {
	for _, k := range c.keys {
		column, err := rows.Column(k.Name)
		if err != nil {
			return nil, false
		}
		raw, ok := cursorValue(column.Value(row))
		if !ok {
			return nil, false
		}
		out = append(out, raw)
	}
	return out, true
}

func equalValues(a, b []json.RawMessage) bool {
	return slices.EqualFunc(a, b, func(x, y json.RawMessage) bool { return string(x) == string(y) })
}
