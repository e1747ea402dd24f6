// Package frame holds a query's result by column: thin helpers over an Apache Arrow record batch.
//
// Every source returns one and every format reads one. Five types are enough for both: string, int
// (64 bits), float (64 bits), bool and time (microseconds, UTC). A null is a null, never a zero. Files
// that are written have a sixth, lists of strings.
package frame

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Kind is the type of a column.
type Kind string

// The column types; their names are those of query.Type.
const (
	String Kind = "string"
	Int    Kind = "int"
	Float  Kind = "float"
	Bool   Kind = "bool"
	Time   Kind = "time"
	// Strings is a list, which no source returns.
	Strings Kind = "strings"
)

// Field names and types one column.
type Field struct {
	Name string
	Kind Kind
}

func (k Kind) arrow() (arrow.DataType, error) {
	switch k {
	case String:
		return arrow.BinaryTypes.String, nil
	case Int:
		return arrow.PrimitiveTypes.Int64, nil
	case Float:
		return arrow.PrimitiveTypes.Float64, nil
	case Bool:
		return arrow.FixedWidthTypes.Boolean, nil
	case Time:
		return arrow.FixedWidthTypes.Timestamp_us, nil
	case Strings:
		return arrow.ListOf(arrow.BinaryTypes.String), nil
	}
	return nil, fmt.Errorf("frame: unknown kind %q", string(k))
}

// Frame is an immutable table. It may be read from several goroutines.
type Frame struct {
	fields []Field
	index  map[string]int
	rec    arrow.RecordBatch
	memo   memo // by column
}

// Rows returns the number of rows.
func (f *Frame) Rows() int { return int(f.rec.NumRows()) }

// Fields returns the columns in order. The caller must not change them.
func (f *Frame) Fields() []Field { return f.fields }

// Slice returns the rows from one on and before another; the values are shared.
func (f *Frame) Slice(from, to int) *Frame {
	return &Frame{fields: f.fields, index: f.index, rec: counted(f.rec.NewSlice(int64(from), int64(to))), memo: make(memo, len(f.fields))}
}

// counted has a table's nulls counted before anybody else sees it: arrow counts those of a slice when it is first asked, and writes that down, which two readers must
// not do at the same time.
func counted(rec arrow.RecordBatch) arrow.RecordBatch {
	for _, c := range rec.Columns() {
		c.NullN()
	}
	return rec
}

// Of returns a table of columns, which have one length and the types of their fields.
func Of(fields []Field, columns []arrow.Array) *Frame {
	f := &Frame{fields: fields, index: make(map[string]int, len(fields)), memo: make(memo, len(fields))}
	schema := make([]arrow.Field, len(fields))
	rows := 0
	for i, field := range fields {
		f.index[field.Name] = i
		schema[i] = arrow.Field{Name: field.Name, Type: columns[i].DataType(), Nullable: true}
		rows = columns[i].Len()
	}
	f.rec = counted(array.NewRecordBatch(arrow.NewSchema(schema, nil), columns, int64(rows)))
	return f
}

// Bytes returns how much memory the values take.
func (f *Frame) Bytes() int64 {
	var n int64
	for _, c := range f.rec.Columns() {
		n += int64(c.Data().SizeInBytes())
	}
	return n
}

// Record returns the Arrow record batch behind f.
func (f *Frame) Record() arrow.RecordBatch { return f.rec }

// Index returns the position of the named column.
func (f *Frame) Index(name string) (int, bool) {
	i, ok := f.index[name]
	return i, ok
}

// Column returns the named column, or an error that names the ones there are.
func (f *Frame) Column(name string) (Column, error) {
	i, ok := f.index[name]
	if !ok {
		return Column{}, fmt.Errorf("frame: no column %q among %v", name, f.fields)
	}
	return f.At(i), nil
}

// At returns the i-th column.
func (f *Frame) At(i int) Column {
	return Column{Field: f.fields[i], arr: f.rec.Column(i), codes: &f.memo[i]}
}

// Column is one column of a frame.
type Column struct {
	Field Field
	arr   arrow.Array
	codes *atomic.Pointer[Codes]
}

// Array returns the Arrow array behind the column, for loops over many rows.
func (c Column) Array() arrow.Array { return c.arr }

// Len returns the number of rows.
func (c Column) Len() int { return c.arr.Len() }

// Null says whether row i has no value.
func (c Column) Null(i int) bool { return c.arr.IsNull(i) }

// Value returns row i as string, int64, float64, bool or time.Time in UTC, or nil for a null.
func (c Column) Value(i int) any {
	if c.arr.IsNull(i) {
		return nil
	}
	switch a := c.arr.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Boolean:
		return a.Value(i)
	case *array.Timestamp:
		return a.Value(i).ToTime(arrow.Microsecond)
	}
	return nil
}

// Float returns row i of an int or float column as a number; false for a null or another type.
func (c Column) Float(i int) (float64, bool) {
	switch v := c.Value(i).(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// Int returns row i of an int column; false for a null or another type.
func (c Column) Int(i int) (int64, bool) {
	v, ok := c.Value(i).(int64)
	return v, ok
}

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
	f := &Frame{fields: b.fields, index: make(map[string]int, len(b.fields)), rec: b.b.NewRecordBatch(), memo: make(memo, len(b.fields))}
	for i, field := range b.fields {
		f.index[field.Name] = i
	}
	b.rows, b.bytes = 0, 0
	return f
}
