package mongodb

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// sample is how many documents tell the fields of a collection.
const sample = 100

// Describe returns the fields of a collection as its first documents have them. Those of documents within have dotted names.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	var out []query.Field
	err := s.each(ctx, r.Table, bson.A{d("$limit", sample)}, func(document bson.Raw) (more bool, err error) {
		out, err = describe(out, "", document)
		return true, err
	})
	if err == nil && len(out) == 0 {
		err = invalid("collection %s has no document", r.Table)
	}
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("mongodb: describe %s: %w", r.Table, err))
	}
	return out, nil
}

// describe adds the fields of one document.
func describe(out []query.Field, prefix string, document bson.Raw) ([]query.Field, error) {
	elements, err := document.Elements()
	if err != nil {
		return nil, err
	}
	for _, e := range elements {
		name, v := prefix+e.Key(), e.Value()
		if within, ok := v.DocumentOK(); ok {
			if out, err = describe(out, name+".", within); err != nil {
				return nil, err
			}
			continue
		}
		f, ok := fieldOf(name, v)
		if !ok {
			continue
		}
		i := slices.IndexFunc(out, func(o query.Field) bool { return o.Column == name })
		switch {
		case i < 0:
			out = append(out, f)
		case out[i].Type == query.Int && f.Type == query.Float:
			out[i].Type = query.Float // whole numbers came first
		}
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
