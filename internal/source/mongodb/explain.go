package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explain returns the pipeline, with marks in place of a request's values, and says when no index serves it.
func (s *Source) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	p, err := compile(q, show)
	if err != nil {
		return source.Native{}, err
	}
	text, err := bson.MarshalExtJSON(d("pipeline", p.stages), false, false)
	if err != nil {
		return source.Native{}, fmt.Errorf("mongodb: explain: %w", err)
	}
	n := source.Native{Language: "mongodb", Text: fmt.Sprintf("db.%s.aggregate(%s)", q.Relation.Table, text), Args: p.args}
	if p.count != nil {
		n.Notes = append(n.Notes, "the rows before the limit are counted by a second pipeline at the same time")
	}
	switch served, err := s.indexed(ctx, q); {
	case err != nil:
		n.Notes = append(n.Notes, "the collection's indexes could not be asked for")
	case !served:
		n.Notes = append(n.Notes, "no index begins with the tenant's or the time's field: every document of "+q.Relation.Table+" is read")
	}
	return n, nil
}

// indexed says whether an index begins with what the match leads with.
func (s *Source) indexed(ctx context.Context, q *query.Query) (bool, error) {
	var leading []string
	if q.Tenant != nil {
		leading = append(leading, q.Tenant.Field.Column)
	}
	if q.Time != nil {
		leading = append(leading, q.Time.Column)
	}
	if len(leading) == 0 {
		return true, nil // all documents are meant
	}
	cursor, err := s.db.Collection(q.Relation.Table).Indexes().List(ctx)
	if err != nil {
		return false, err
	}
	var all []struct {
		Key bson.D `bson:"key"`
	}
	if err := cursor.All(ctx, &all); err != nil {
		return false, err
	}
	for _, index := range all {
		if len(index.Key) > 0 && slices.Contains(leading, index.Key[0].Key) {
			return true, nil
		}
	}
	return false, nil
}

// Describe returns the fields of a collection as its first documents have them.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	const sample = 100
	cursor, err := s.aggregate(ctx, r.Table, bson.A{d("$limit", sample)})
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("mongodb: describe: %w", err))
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }() // ends it on the server, too
	var out []query.Field
	for cursor.Next(ctx) {
		elements, err := cursor.Current.Elements()
		if err != nil {
			return nil, classify(ctx, fmt.Errorf("mongodb: describe: %w", err))
		}
		for _, e := range elements {
			if f, ok := fieldOf(e.Key(), e.Value()); ok && !slices.ContainsFunc(out, func(o query.Field) bool { return o.Column == f.Column }) {
				out = append(out, f)
			}
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, classify(ctx, fmt.Errorf("mongodb: describe: %w", err))
	}
	if len(out) == 0 {
		return nil, classify(ctx, errors.Join(invalid("collection %s has no document", r.Table)))
	}
	return out, nil
}

func fieldOf(name string, v bson.RawValue) (query.Field, bool) {
	f := query.Field{Column: name, Type: query.String}
	switch v.Type {
	case bson.TypeNull, bson.TypeUndefined:
		return f, false
	case bson.TypeInt32, bson.TypeInt64:
		f.Type = query.Int
	case bson.TypeDouble, bson.TypeDecimal128:
		f.Type = query.Float
	case bson.TypeBoolean:
		f.Type = query.Bool
	case bson.TypeDateTime:
		f.Type = query.Time
	case bson.TypeArray:
		f.Multi = true
	default: // text
	}
	return f, true
}
