package days

import (
	"slices"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// cut returns the rows of a block from the answer for several, which is in the order of stretches: those of the block's, which are numbered from first on there, and from 0 in what
// is kept. It is a copy: what is kept holds no more than itself.
func cut(all *frame.Frame, alone *query.Query, first, stretches int) (*frame.Frame, error) {
	at, several := all.Index(columnStretch)
	if !several {
		return all, nil
	}
	numbers := all.At(at)
	rowOf := func(stretch int) int {
		return sort.Search(all.Rows(), func(i int) bool { n, ok := numbers.Int(i); return !ok || n >= int64(stretch) })
	}
	from, to := rowOf(first), rowOf(first+stretches)
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
			b := array.NewInt64Builder(memory.DefaultAllocator)
			b.Reserve(to - from)
			for row := from; row < to; row++ {
				n, _ := numbers.Int(row)
				b.Append(n - int64(first))
			}
			fields, columns = append(fields, f), append(columns, b.NewArray())
		}
	}
	return frame.Of(fields, columns), nil
}
