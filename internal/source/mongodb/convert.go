package mongodb

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

func builderOf(columns []query.ResultColumn) (*frame.Builder, error) {
	fields := make([]frame.Field, len(columns))
	for i, c := range columns {
		fields[i] = frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)}
	}
	return frame.NewBuilder(fields...)
}

// valuesOf returns the values of a document whose fields are c0, c1 and so on.
func valuesOf(document bson.Raw, columns []query.ResultColumn) ([]any, error) {
	if lost, _ := document.Lookup(inexact).BooleanOK(); lost {
		return nil, errInexact
	}
	values := make([]any, len(columns))
	for i, c := range columns {
		raw, err := document.LookupErr(column(i))
		if err != nil {
			continue // a missing field is a null
		}
		if values[i], err = convert(raw, c); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// convert brings a value of the server to the column's type.
func convert(v bson.RawValue, c query.ResultColumn) (any, error) {
	if v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
		return nil, nil //nolint:nilnil // a null is a value here
	}
	switch c.Type {
	case query.Int:
		if n, ok := integer(v); ok {
			return n, nil
		}
		if beyond(v) {
			return nil, source.Overflow(fmt.Errorf("column %s: %s", c.Name, v))
		}
	case query.Float:
		if f, ok := number(v); ok {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, nil //nolint:nilnil // what is not a number is null
			}
			return f, nil
		}
	case query.String:
		return text(v), nil
	case query.Bool:
		if t, ok := v.BooleanOK(); ok {
			return t, nil
		}
	case query.Time:
		if ms, ok := v.DateTimeOK(); ok {
			return time.UnixMilli(ms).UTC(), nil
		}
	}
	return nil, fault.New(fault.Permanent, "source_bad_data", "the data source holds a value of another type than the catalog says",
		fmt.Errorf("column %s: the store returned a %s where the catalog says %s", c.Name, v.Type, c.Type))
}

// integer returns a whole number, however it is kept: shells write all numbers as doubles. A fraction is none, and never cut off.
func integer(v bson.RawValue) (int64, bool) {
	if n, ok := v.Int32OK(); ok {
		return int64(n), true
	}
	if n, ok := v.Int64OK(); ok {
		return n, true
	}
	if decimal, ok := v.Decimal128OK(); ok {
		n, whole := wholeDecimal(decimal)
		return n.Int64(), whole && n.IsInt64()
	}
	f, ok := number(v)
	return int64(f), ok && f == math.Trunc(f) && math.Abs(f) < 1<<63
}

// beyond says that a value is a whole number that 64 bits do not hold.
func beyond(v bson.RawValue) bool {
	if decimal, ok := v.Decimal128OK(); ok {
		n, whole := wholeDecimal(decimal)
		return whole && !n.IsInt64()
	}
	f, ok := v.DoubleOK()
	return ok && math.Abs(f) >= 1<<53 && !math.IsInf(f, 0)
}

func number(v bson.RawValue) (float64, bool) {
	if n, ok := v.Int32OK(); ok {
		return float64(n), true
	}
	if n, ok := v.Int64OK(); ok {
		return float64(n), true
	}
	if decimal, ok := v.Decimal128OK(); ok {
		f, err := strconv.ParseFloat(decimal.String(), 64)
		return f, err == nil
	}
	return v.DoubleOK()
}

// text returns a value as a person would write it.
func text(v bson.RawValue) string {
	if s, ok := v.StringValueOK(); ok {
		return s
	}
	if id, ok := v.ObjectIDOK(); ok {
		return id.Hex()
	}
	var plain any
	if err := v.Unmarshal(&plain); err != nil {
		return v.String()
	}
	return fmt.Sprint(plain)
}

// withTotal adds the column of the total.
func withTotal(f *frame.Frame, total int64) (*frame.Frame, error) {
	fields := append(append([]frame.Field{}, f.Fields()...), frame.Field{Name: query.ColumnTotal, Kind: frame.Int})
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(fields))
	for i := range f.Rows() {
		for j := range f.Fields() {
			values[j] = f.At(j).Value(i)
		}
		values[len(values)-1] = total
		if err := b.Append(values...); err != nil {
			return nil, err
		}
	}
	return b.Frame(), nil
}
