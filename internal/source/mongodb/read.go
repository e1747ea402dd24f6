package mongodb

import (
	"context"
	"fmt"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// aggregate runs a pipeline. It is sent as a command, since the driver's own way leaves no room for a time limit: the server gives
// the work up when nobody waits for it any more.
func (s *Source) aggregate(ctx context.Context, collection string, stages bson.A) (*mongo.Cursor, error) {
	command := bson.D{
		{Key: "aggregate", Value: collection}, {Key: "pipeline", Value: stages}, {Key: "cursor", Value: d("batchSize", batchSize)},
	}
	if s.cfg.AllowDiskUse {
		command = append(command, bson.E{Key: "allowDiskUse", Value: true})
	}
	if deadline, ok := ctx.Deadline(); ok {
		command = append(command, bson.E{Key: "maxTimeMS", Value: max(1, time.Until(deadline).Milliseconds())})
	}
	return s.db.RunCommandCursor(ctx, command, options.RunCmd().SetReadPreference(s.preference))
}

// read runs a pipeline and collects its documents, up to the query's bound.
func (s *Source) read(ctx context.Context, q *query.Query, stages bson.A) (f *frame.Frame, truncated bool, err error) {
	columns := q.Columns()
	if q.Rows && q.Total {
		columns = columns[:len(columns)-1] // counted apart
	}
	b, err := builderOf(columns)
	if err != nil {
		return nil, false, err
	}
	cursor, err := s.aggregate(ctx, q.Relation.Table, stages)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }() // ends it on the server, too
	values := make([]any, len(columns))
	n := 0
	for ; cursor.Next(ctx); n++ {
		if q.MaxRows > 0 && n >= q.MaxRows {
			return b.Frame(), true, nil
		}
		for i, c := range columns {
			raw, lookupErr := cursor.Current.LookupErr(column(i))
			if values[i], err = convert(raw, lookupErr != nil, c); err != nil {
				return nil, false, err
			}
		}
		if err := b.Append(values...); err != nil {
			return nil, false, err
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, false, err
	}
	if n == 0 && !q.Rows && len(q.Groups) == 0 {
		// Totals over no rows are one row: counts are 0, all else null.
		for i := range q.Measures {
			values[i] = nil
			if a := q.Measures[i].Agg; q.Measures[i].Formula == nil && (a == query.Count || a == query.CountDistinct) {
				values[i] = int64(0)
			}
		}
		if err := b.Append(values...); err != nil {
			return nil, false, err
		}
	}
	return b.Frame(), false, nil
}

func builderOf(columns []query.ResultColumn) (*frame.Builder, error) {
	fields := make([]frame.Field, len(columns))
	for i, c := range columns {
		fields[i] = frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)}
	}
	return frame.NewBuilder(fields...)
}

// convert brings a value of the server to the column's type.
func convert(v bson.RawValue, missing bool, c query.ResultColumn) (any, error) {
	if missing || v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
		return nil, nil //nolint:nilnil // a null is a value here
	}
	switch c.Type {
	case query.Int:
		if n, ok := v.AsInt64OK(); ok {
			return n, nil
		}
		if f, ok := v.AsFloat64OK(); ok && f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return int64(f), nil
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

func number(v bson.RawValue) (float64, bool) {
	if n, ok := v.Int32OK(); ok {
		return float64(n), true
	}
	if n, ok := v.Int64OK(); ok {
		return float64(n), true
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

// counted is the number of rows before a limit.
type counted struct {
	n   int64
	err error
}

func (s *Source) count(ctx context.Context, q *query.Query, stages bson.A) counted {
	cursor, err := s.aggregate(ctx, q.Relation.Table, stages)
	if err != nil {
		return counted{err: err}
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }() // ends it on the server, too
	var out struct {
		N int64 `bson:"n"`
	}
	if cursor.Next(ctx) {
		err = cursor.Decode(&out)
	}
	if err == nil {
		err = cursor.Err()
	}
	return counted{n: out.N, err: err}
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
