// Package frame holds a query's result by column: thin helpers over an Apache Arrow record batch.
//
// Every source returns one and every format reads one. Five types are enough for both: string, int
// (64 bits), float (64 bits), bool and time (microseconds, UTC). A null is a null, never a zero. Files
// that are written have a sixth, lists of strings.
package frame

import (
	"fmt"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
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
	schema := make([]arrow.Field, len(fields))
	rows := 0
	for i, field := range fields {
		schema[i] = arrow.Field{Name: field.Name, Type: columns[i].DataType(), Nullable: true}
		rows = columns[i].Len()
	}
	return of(fields, counted(array.NewRecordBatch(arrow.NewSchema(schema, nil), columns, int64(rows))))
}

// of returns a table of a record batch.
func of(fields []Field, rec arrow.RecordBatch) *Frame {
	f := &Frame{fields: fields, index: make(map[string]int, len(fields)), rec: rec, memo: make(memo, len(fields))}
	for i, field := range fields {
		f.index[field.Name] = i
	}
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
