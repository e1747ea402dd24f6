package days

import (
	"cmp"
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// inOrder returns an answer's rows in the order of their stretches. Stores answer in that order, or nearly: they are asked for any.
func inOrder(all *frame.Frame) (*frame.Frame, error) {
	at, several := all.Index(columnStretch)
	if !several {
		return all, nil
	}
	numbers, ok := all.At(at).Array().(*array.Int64)
	if !ok || numbers.NullN() > 0 {
		return nil, errParts
	}
	stretches := numbers.Int64Values()
	if slices.IsSorted(stretches) {
		return all, nil
	}
	rows := make([]int, len(stretches))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(stretches[a], stretches[b]) })
	return all.Take(rows)
}

// rowsOf are the rows of some stretches in an answer, which is in their order.
func rowsOf(all *frame.Frame, first, stretches int) (from, to int) {
	at, several := all.Index(columnStretch)
	if !several {
		return 0, all.Rows()
	}
	numbers := all.At(at)
	rowOf := func(stretch int) int {
		return sort.Search(all.Rows(), func(i int) bool { n, ok := numbers.Int(i); return !ok || n >= int64(stretch) })
	}
	return rowOf(first), rowOf(first + stretches)
}

// cut returns the rows of a block from the answer for several. Its stretches are numbered from first on there, and from 0 in what is kept. It is a copy: what is kept holds no more than itself.
func cut(all *frame.Frame, alone *query.Query, first, stretches int) (*frame.Frame, error) {
	at, several := all.Index(columnStretch)
	if !several {
		return all, nil
	}
	from, to := rowsOf(all, first, stretches)
	numbers := all.At(at)
	keeps := slices.ContainsFunc(alone.Groups, func(g query.Group) bool { return g.Name == columnStretch })
	var fields []frame.Field
	var columns []arrow.Array
	for i, f := range all.Fields() {
		switch {
		case i != at:
			copied, err := array.Concatenate([]arrow.Array{array.NewSlice(all.At(i).Array(), int64(from), int64(to))}, memory.DefaultAllocator)
			if err != nil {
				return nil, err
			}
			fields, columns = append(fields, f), append(columns, copied)
		case keeps:
			own := make([]int64, to-from)
			for i := range own {
				n, _ := numbers.Int(from + i)
				own[i] = n - int64(first)
			}
			fields, columns = append(fields, f), append(columns, frame.Ints(own, nil))
		}
	}
	return frame.Of(fields, columns), nil
}
