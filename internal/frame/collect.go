package frame

import (
	"bytes"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/go-dispatcher/dispatcher/internal/memory"
)

// column collects the values of one. array returns them, in memory of just their size, and begins anew.
type column interface {
	append(v any) bool
	array() arrow.Array
}

func newColumn(k Kind, t arrow.DataType) column {
	switch k {
	case Int:
		return new(ints)
	case String:
		return new(texts)
	default:
		return built{array.NewBuilder(arrowmemory.DefaultAllocator, t)}
	}
}

// What columns were collected in before.
//
//nolint:gochecknoglobals // what is in them is nobody's
var (
	spareInts  memory.Spare[int64]
	spareBytes memory.Spare[byte]
	spareEnds  memory.Spare[int32]
)

// valid says which rows have a value; nil while all have.
type valid []bool

func (v *valid) append(rows int, ok bool) {
	if *v == nil {
		if ok {
			return
		}
		*v = slices.Repeat(valid{true}, rows+1)[:rows]
	}
	*v = append(*v, ok)
}

// data puts a column together of what Arrow keeps of one.
func data(t arrow.DataType, rows int, v valid, buffers ...*arrowmemory.Buffer) *array.Data {
	var bits *arrowmemory.Buffer
	nulls := 0
	for row, ok := range v {
		if ok {
			continue
		}
		if bits == nil {
			bits = arrowmemory.NewBufferBytes(bytes.Repeat([]byte{0xff}, (rows+7)/8))
		}
		bitutil.ClearBit(bits.Bytes(), row)
		nulls++
	}
	return array.NewData(t, rows, append([]*arrowmemory.Buffer{bits}, buffers...), nil, nulls, 0)
}

// ints collects whole numbers.
type ints struct {
	values []int64
	valid  valid
}

func (c *ints) append(v any) bool {
	n, ok := v.(int64)
	if c.values == nil {
		c.values = spareInts.Get()
	}
	c.valid.append(len(c.values), ok)
	c.values = append(c.values, n)
	return ok || v == nil
}

func (c *ints) array() arrow.Array {
	out := Ints(slices.Clone(c.values), c.valid)
	spareInts.Put(c.values)
	*c = ints{}
	return out
}

// texts collects texts, one behind the other.
type texts struct {
	bytes []byte
	ends  []int32 // the first one is 0
	valid valid
}

func (c *texts) append(v any) bool {
	s, ok := v.(string)
	c.add(s, ok)
	return ok || v == nil
}

func (c *texts) add(s string, ok bool) {
	if c.ends == nil {
		c.bytes, c.ends = spareBytes.Get(), append(spareEnds.Get(), 0)
	}
	c.valid.append(len(c.ends)-1, ok)
	c.bytes = append(c.bytes, s...)
	c.ends = append(c.ends, int32(len(c.bytes))) //nolint:gosec // no more than a builder's limit
}

func (c *texts) array() arrow.Array { return c.strings() }

func (c *texts) strings() *array.String {
	if c.ends == nil {
		c.ends = []int32{0}
	}
	ends := arrowmemory.NewBufferBytes(arrow.Int32Traits.CastToBytes(slices.Clone(c.ends)))
	out := array.NewStringData(data(arrow.BinaryTypes.String, len(c.ends)-1, c.valid, ends, arrowmemory.NewBufferBytes(slices.Clone(c.bytes))))
	spareBytes.Put(c.bytes)
	spareEnds.Put(c.ends)
	*c = texts{}
	return out
}

// built are values that Arrow's builders collect.
type built struct{ array.Builder }

func (c built) append(v any) bool  { return appendValue(c.Builder, v) }
func (c built) array() arrow.Array { return c.NewArray() }

func appendValue(to array.Builder, v any) bool {
	if v == nil {
		to.AppendNull()
		return true
	}
	switch to := to.(type) {
	case *array.StringBuilder:
		s, ok := v.(string)
		to.Append(s)
		return ok
	case *array.ListBuilder:
		list, ok := v.([]string)
		to.Append(true)
		for _, s := range list {
			ok = appendValue(to.ValueBuilder(), s) && ok
		}
		return ok
	case *array.BooleanBuilder:
		t, ok := v.(bool)
		to.Append(t)
		return ok
	case *array.TimestampBuilder:
		t, ok := v.(time.Time)
		to.Append(arrow.Timestamp(t.UnixMicro()))
		return ok
	case *array.Float64Builder:
		switch n := v.(type) {
		case float64:
			to.Append(n)
			return true
		case int64:
			to.Append(float64(n))
			return true
		}
	}
	return false
}
