package frame

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ColumnOf returns a column of n values, each of which is nil or of its kind; an int also fits a float column.
func ColumnOf(k Kind, n int, value func(row int) any) (arrow.Array, error) {
	t, err := k.arrow()
	if err != nil {
		return nil, err
	}
	c := newColumn(k, t)
	for row := range n {
		if v := value(row); !c.append(v) {
			return nil, fmt.Errorf("frame: row %d: a %T is no %s", row, v, k)
		}
	}
	return c.array(), nil
}

// Ints returns a column of whole numbers, which it keeps. There is a null where valid says no; where it is nil there is none.
func Ints(values []int64, valid []bool) arrow.Array {
	return array.NewInt64Data(data(arrow.PrimitiveTypes.Int64, len(values), valid, memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(values))))
}

// Take returns some rows, in another order.
func (f *Frame) Take(rows []int) (*Frame, error) {
	columns := make([]arrow.Array, len(f.fields))
	for i, field := range f.fields {
		var err error
		if whole, ok := f.rec.Column(i).(*array.Int64); ok && whole.NullN() == 0 {
			values := make([]int64, len(rows))
			for to, row := range rows {
				values[to] = whole.Value(row)
			}
			columns[i] = Ints(values, nil)
			continue
		}
		c := f.At(i)
		if columns[i], err = ColumnOf(field.Kind, len(rows), func(row int) any { return c.Value(rows[row]) }); err != nil {
			return nil, err
		}
	}
	return Of(f.fields, columns), nil
}

// Within says that the values take no more bytes than a limit, as a builder counts them; 0 is no limit.
func (f *Frame) Within(limit int64) bool {
	if limit <= 0 {
		return true
	}
	var bytes int64
	for _, c := range f.rec.Columns() {
		texts, ok := c.(*array.String)
		if !ok {
			bytes += size(nil) * int64(c.Len())
			continue
		}
		for row := range texts.Len() {
			if texts.IsNull(row) {
				bytes += size(nil)
			} else {
				bytes += int64(texts.ValueLen(row))
			}
		}
	}
	return bytes <= limit
}
