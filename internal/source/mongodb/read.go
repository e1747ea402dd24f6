package mongodb

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// batchSize is how many documents come at a time; closing bounds the wait for the end of a cursor that nobody reads any more.
const (
	batchSize = 1000
	closing   = 2 * time.Second
)

// aggregate sends a pipeline as a command: there the driver adds what the context leaves of its time, and the server gives the work
// up when nobody waits for it any more. With the driver's own aggregation it would not.
func (s *Source) aggregate(ctx context.Context, collection string, stages bson.A) (*mongo.Cursor, error) {
	command := bson.D{
		{Key: "aggregate", Value: collection}, {Key: "pipeline", Value: stages}, {Key: "cursor", Value: d("batchSize", batchSize)},
	}
	if s.cfg.AllowDiskUse {
		command = append(command, bson.E{Key: "allowDiskUse", Value: true})
	}
	send := func() (*mongo.Cursor, error) {
		return s.db.RunCommandCursor(ctx, command, options.RunCmd().SetReadPreference(s.preference))
	}
	cursor, err := send()
	if err != nil && ctx.Err() == nil && again(err) {
		return send() // a connection of the pool may have died unnoticed; a command is not tried again by the driver
	}
	return cursor, err
}

// each hands over the documents of a pipeline until there are no more, or visit wants none.
func (s *Source) each(ctx context.Context, collection string, stages bson.A, visit func(document bson.Raw) (more bool, err error)) error {
	cursor, err := s.aggregate(ctx, collection, stages)
	if err != nil {
		return err
	}
	defer func() { // ends it on the server, too
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		_ = cursor.Close(ctx)
	}()
	for cursor.Next(ctx) {
		if more, err := visit(cursor.Current); err != nil || !more {
			return err
		}
	}
	return cursor.Err()
}

// answer runs the pipelines of a query.
func (s *Source) answer(ctx context.Context, q *query.Query, p *pipeline) (*frame.Frame, bool, error) {
	switch {
	case p.rest != nil:
		return s.readOthers(ctx, q, p)
	case p.count != nil:
		return s.readCounted(ctx, q, p)
	}
	return s.read(ctx, q, q.Columns(), p.stages)
}

// read runs a pipeline and collects its documents, up to the query's bound.
func (s *Source) read(ctx context.Context, q *query.Query, columns []query.ResultColumn, stages bson.A) (f *frame.Frame, truncated bool, err error) {
	b, err := builderOf(columns)
	if err != nil {
		return nil, false, err
	}
	b.Limit(q.MaxBytes)
	n := 0
	err = s.each(ctx, q.Relation.Table, stages, func(document bson.Raw) (bool, error) {
		if truncated = q.MaxRows > 0 && n >= q.MaxRows; truncated {
			return false, nil
		}
		n++
		values, err := valuesOf(document, columns)
		if err != nil {
			return false, err
		}
		return true, b.Append(values...)
	})
	if err == nil && n == 0 && !q.Rows && len(q.Groups) == 0 {
		err = b.Append(ofNone(q)...)
	}
	if err != nil {
		return nil, false, err
	}
	return b.Frame(), truncated, nil
}

// readCounted reads rows, and at the same time has all of them counted: a window over them would have to hold them.
func (s *Source) readCounted(ctx context.Context, q *query.Query, p *pipeline) (*frame.Frame, bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var total int64
	counted := make(chan error, 1)
	go func() {
		counted <- s.each(ctx, q.Relation.Table, p.count, func(document bson.Raw) (bool, error) {
			total, _ = document.Lookup("n").AsInt64OK()
			return false, nil
		})
	}()
	columns := q.Columns()
	f, truncated, err := s.read(ctx, q, columns[:len(columns)-1], p.stages)
	if err != nil {
		cancel() // nobody needs the number any more
	}
	if e := <-counted; err == nil {
		err = e
	}
	if err != nil {
		return nil, false, err
	}
	f, err = withTotal(f, total)
	return f, truncated, err
}

// readOthers reads the top groups, then computes the row for the others where there are any.
func (s *Source) readOthers(ctx context.Context, q *query.Query, p *pipeline) (f *frame.Frame, truncated bool, err error) {
	columns := q.Columns()
	b, err := builderOf(columns)
	if err != nil {
		return nil, false, err
	}
	b.Limit(q.MaxBytes)
	measures := columns[1 : 1+len(q.Measures)]
	keys, others := bson.A{}, false
	var total any
	add := func(key any, measured []any, other bool) error {
		row := append(append([]any{key}, measured...), other)
		if q.Total {
			row = append(row, total)
		}
		return b.Append(row...)
	}
	err = s.each(ctx, q.Relation.Table, p.stages, func(document bson.Raw) (bool, error) {
		if others = len(keys) == q.Limit; others {
			return false, nil
		}
		if truncated = q.MaxRows > 0 && len(keys) == q.MaxRows; truncated {
			return false, nil
		}
		values, err := valuesOf(document, columns[:1+len(q.Measures)])
		if err != nil {
			return false, err
		}
		keys = append(keys, d("$literal", keyOf(document)))
		if q.Total {
			total, _ = document.Lookup(column(1 + len(q.Measures))).AsInt64OK()
		}
		return true, add(values[0], values[1:], false)
	})
	if err != nil {
		return nil, false, err
	}
	if others {
		err = s.each(ctx, q.Relation.Table, p.rest(keys), func(document bson.Raw) (bool, error) {
			values, err := valuesOf(document, measures)
			if err != nil {
				return false, err
			}
			return false, add(nil, values, true)
		})
	}
	if err != nil {
		return nil, false, err
	}
	return b.Frame(), truncated, nil
}

// keyOf returns a copy of a group's key just as the server has it; the document's own bytes are written over.
func keyOf(document bson.Raw) any {
	v, err := document.LookupErr(column(0))
	if err != nil {
		return nil
	}
	return bson.RawValue{Type: v.Type, Value: slices.Clone(v.Value)}
}
