package frame

import (
	"errors"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Builder collects rows into a Frame. It belongs to one goroutine.
type Builder struct {
	fields []Field
	b      *array.RecordBuilder
	rows   int
	limit  int64
	bytes  int64
}

// ErrTooLarge is the error of a row that does not fit into a builder's limit.
var ErrTooLarge = errors.New("frame: the rows take more bytes than they may")

// NewBuilder returns a builder of the given columns. Names must differ.
func NewBuilder(fields ...Field) (*Builder, error) {
	cols := make([]arrow.Field, len(fields))
	seen := make(map[string]bool, len(fields))
	for i, f := range fields {
		t, err := f.Kind.arrow()
		if err != nil {
			return nil, err
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("frame: column %q twice", f.Name)
		}
		seen[f.Name] = true
		cols[i] = arrow.Field{Name: f.Name, Type: t, Nullable: true}
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(cols, nil))
	return &Builder{fields: fields, b: b}, nil
}

// Limit bounds the bytes of the rows; 0 is no bound. What is counted are the values, without what Arrow adds.
func (b *Builder) Limit(bytes int64) { b.limit = bytes }

// Append adds a row. A value is nil or of its column's type; an int also fits a float column.
func (b *Builder) Append(values ...any) error {
	if len(values) != len(b.fields) {
		return fmt.Errorf("frame: %d values for %d columns", len(values), len(b.fields))
	}
	if b.limit > 0 {
		for _, v := range values {
			b.bytes += size(v)
		}
		if b.bytes > b.limit {
			return ErrTooLarge
		}
	}
	for i, v := range values {
		if !appendValue(b.b.Field(i), v) {
			return fmt.Errorf("frame: row %d, column %q: a %T is no %s", b.rows, b.fields[i].Name, v, b.fields[i].Kind)
		}
	}
	b.rows++
	return nil
}

func size(v any) int64 {
	if s, ok := v.(string); ok {
		return int64(len(s))
	}
	return 8
}

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
	case *array.Int64Builder:
		n, ok := v.(int64)
		to.Append(n)
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

// Frame returns the collected rows and empties the builder.
func (b *Builder) Frame() *Frame {
	f := of(b.fields, b.b.NewRecordBatch())
	b.rows, b.bytes = 0, 0
	return f
}
