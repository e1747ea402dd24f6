package guard

import (
	"errors"
	"fmt"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const reasonLimit = "source_limit"

// check holds an answer to the query's limits. Adapters keep to them while they read, where they can; this is the same for all.
func (s *Source) check(q *query.Query, r *source.Result) error {
	if r == nil || r.Frame == nil {
		return fault.New(fault.Permanent, "source_error", "the data source could not compute this", errors.New("guard: no result and no error"))
	}
	// The row of all others comes on top of the rows that are bounded.
	if rows := r.Frame.Rows(); q.MaxRows > 0 && rows > q.MaxRows+1 {
		return fault.New(fault.Permanent, reasonLimit, fmt.Sprintf("the answer has more than %d rows", q.MaxRows), fmt.Errorf("guard: %d rows", rows))
	}
	most := q.MaxBytes
	if most <= 0 {
		most = s.opts.MaxBytes
	}
	if r.Frame.Bytes() > most {
		return tooLarge(most, fmt.Errorf("guard: %d bytes", r.Frame.Bytes()))
	}
	if q.MaxReadBytes > 0 && r.Stats.Bytes > q.MaxReadBytes {
		return fault.New(fault.Permanent, reasonLimit, fmt.Sprintf("the query reads more than %d bytes", q.MaxReadBytes), fmt.Errorf("guard: %d bytes read", r.Stats.Bytes))
	}
	return nil
}

// limited gives the error of an adapter that has met a limit of the frame the reason that all of them have.
func limited(q *query.Query, err error) error {
	if errors.Is(err, frame.ErrTooLarge) {
		return tooLarge(q.MaxBytes, err)
	}
	return err
}

func tooLarge(most int64, err error) error {
	return fault.New(fault.Permanent, reasonLimit, fmt.Sprintf("the answer has more than %d bytes", most), err)
}
