package guard

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// An answer at a limit passes, one beyond it says which limit it met.
func TestAnswersKeepToTheirLimits(t *testing.T) {
	t.Parallel()
	ten := result(t, 1000, "1234567890").Frame.Bytes()
	for name, c := range map[string]struct {
		q       query.Query
		options Options
		read    int64
		err     error
		refused string
	}{
		"no limit of its own":         {},
		"at the bytes":                {q: query.Query{MaxBytes: ten}},
		"beyond the bytes":            {q: query.Query{MaxBytes: ten - 1}, refused: fmt.Sprintf("the answer has more than %d bytes", ten-1)},
		"beyond the guard's bytes":    {options: Options{MaxBytes: 100}, refused: "the answer has more than 100 bytes"},
		"the query's bytes win":       {q: query.Query{MaxBytes: ten}, options: Options{MaxBytes: 100}},
		"at what is read":             {q: query.Query{MaxReadBytes: 5000}, read: 5000},
		"beyond what is read":         {q: query.Query{MaxReadBytes: 5000}, read: 5001, refused: "the query reads more than 5000 bytes"},
		"at the rows, and all others": {q: query.Query{MaxRows: 999}},
		"beyond the rows":             {q: query.Query{MaxRows: 998}, refused: "the answer has more than 998 rows"},
		"an adapter stopped at them":  {q: query.Query{MaxBytes: 7}, err: fmt.Errorf("mongodb: %w", frame.ErrTooLarge), refused: "the answer has more than 7 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(&scripted{query: func(context.Context) (*source.Result, error) {
				if c.err != nil {
					return nil, fault.New(fault.Permanent, "source_error", "", c.err)
				}
				r := result(t, 1000, "1234567890")
				r.Stats.Bytes = c.read
				return r, nil
			}}, c.options)
			r, err := s.Query(t.Context(), &c.q)
			if c.refused == "" {
				if err != nil || r.Frame.Rows() != 1000 {
					t.Errorf("%v", err)
				}
				return
			}
			ends(t, err, fault.Permanent, "source_limit")
			if r != nil || !strings.HasPrefix(fault.SafeText(err), c.refused) {
				t.Errorf("it says %q, want %q", fault.SafeText(err), c.refused)
			}
		})
	}
}

func TestNoResultIsAnError(t *testing.T) {
	t.Parallel()
	s := New(&scripted{query: func(context.Context) (*source.Result, error) { return nil, nil }}, Options{}) //nolint:nilnil // a bug of an adapter
	_, err := s.Query(t.Context(), &query.Query{})
	ends(t, err, fault.Permanent, "source_error")
}
