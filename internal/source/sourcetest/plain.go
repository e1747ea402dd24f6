package sourcetest

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Plain is the oracle as a source: it answers over rows in memory, by plain loops, whatever the relation. Rows have their columns
// as a store keeps them: a wall clock or a day as if it were UTC, an epoch as a number.
type Plain struct{ rows []Row }

var _ source.Source = (*Plain)(nil)

// NewPlain returns the oracle of rows, which must not be changed.
func NewPlain(rows []Row) *Plain { return &Plain{rows: rows} }

// Query computes q.
func (p *Plain) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := answer(q, p.rows)
	if err != nil {
		return nil, err
	}
	truncated := q.MaxRows > 0 && len(rows) > q.MaxRows
	if truncated {
		rows = rows[:q.MaxRows]
	}
	var fields []frame.Field
	for _, c := range q.Columns() {
		fields = append(fields, frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)})
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, fault.New(fault.Permanent, "internal_error", "", err)
	}
	for _, row := range rows {
		if err := b.Append(row...); err != nil {
			return nil, fault.New(fault.Permanent, "internal_error", "", err)
		}
	}
	return &source.Result{Frame: b.Frame(), AsOf: time.Unix(0, 0), Truncated: truncated}, nil
}

// Explain says that there is nothing to explain.
func (p *Plain) Explain(context.Context, *query.Query) (source.Native, error) {
	return source.Native{Language: "go", Text: "plain Go over the rows"}, nil
}

// Ping always succeeds.
func (p *Plain) Ping(context.Context) error { return nil }

// Close does nothing.
func (p *Plain) Close() error { return nil }
