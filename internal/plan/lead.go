package plan

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// lead has a page of a feed with gaps begin with the last row of the page before: whichever way it was asked for, by a number or a cursor, it is the last
// of the rows that are left out.
func lead(w *Widget, q *query.Query) {
	if w.Spec.Gaps == nil {
		return
	}
	if n := len(w.Spec.Sort); len(q.Order) < n || !slices.Equal(q.Order[:n], w.Spec.Sort) {
		w.Gapless = true
		w.note("gaps", "In this order rows have no gaps between them.")
		return
	}
	if q.Offset > 0 {
		w.Lead, q.Offset, q.Limit = true, q.Offset-1, q.Limit+1
		q.MaxRows = max(q.MaxRows, q.Limit)
	}
}
