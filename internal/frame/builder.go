package frame

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Builder collects rows into a Frame. It belongs to one goroutine.
type Builder struct {
	fields  []Field
	schema  *arrow.Schema
	columns []column
	rows    int
	limit   int64
	bytes   int64
}

// ErrTooLarge is the error of a row that does not fit into a builder's limit.
var ErrTooLarge = errors.New("frame: the rows take more bytes than they may")

// NewBuilder returns a builder of the given columns. Names must differ.
func NewBuilder(fields ...Field) (*Builder, error) {
	cols, columns := make([]arrow.Field, len(fields)), make([]column, len(fields))
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
		cols[i], columns[i] = arrow.Field{Name: f.Name, Type: t, Nullable: true}, newColumn(f.Kind, t)
	}
	return &Builder{fields: fields, schema: arrow.NewSchema(cols, nil), columns: columns, limit: mostBytes}, nil
}

// mostBytes is what Arrow's offsets of 32 bits reach.
const mostBytes = math.MaxInt32

// Limit bounds the bytes of the rows; 0 is no bound but 2 GiB. What is counted are the values, without what Arrow adds.
func (b *Builder) Limit(bytes int64) {
	if b.limit = mostBytes; bytes > 0 {
		b.limit = min(bytes, mostBytes)
	}
}

// Append adds a row. A value is nil or of its column's type; an int also fits a float column.
func (b *Builder) Append(values ...any) error {
	if len(values) != len(b.fields) {
		return fmt.Errorf("frame: %d values for %d columns", len(values), len(b.fields))
	}
	for _, v := range values {
		b.bytes += size(v)
	}
	if b.bytes > b.limit {
		return ErrTooLarge
	}
	for i, v := range values {
		if !b.columns[i].append(v) {
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

// Frame returns the collected rows and empties the builder.
func (b *Builder) Frame() *Frame {
	arrays := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		arrays[i] = c.array()
	}
	f := of(b.fields, array.NewRecordBatch(b.schema, arrays, int64(b.rows)))
	b.rows, b.bytes = 0, 0
	return f
}
