package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// native returns the stages of a relation's own pipeline, which come before all others. A parameter takes the place of the text that
// names it in the parsed pipeline: its value cannot become an operator.
func (b *builder) native(q *query.Query) (bson.A, error) {
	if q.Relation.Native == nil {
		return nil, nil
	}
	var whole struct {
		Stages bson.A `bson:"stages"`
	}
	// Only documents can be read, not lists.
	if err := bson.UnmarshalExtJSON([]byte(`{"stages":`+q.Relation.Native.Text+`}`), false, &whole); err != nil {
		return nil, invalid("the pipeline of dataset %s: %w", q.Dataset, err)
	}
	stages, err := b.substituted(whole.Stages, q.Params, true)
	if err != nil {
		return nil, invalid("the pipeline of dataset %s: %w", q.Dataset, err)
	}
	out, _ := stages.(bson.A)
	return out, nil
}

// substituted puts parameters' values into a part of a pipeline. In an expression a text that begins with a dollar is a field's name, so every
// text stands in a $literal there; a $match has values as they are, but for its $expr.
func (b *builder) substituted(v any, params []query.Param, expression bool) (any, error) {
	switch v := v.(type) {
	case bson.A:
		out := make(bson.A, len(v))
		for i, x := range v {
			var err error
			if out[i], err = b.substituted(x, params, expression); err != nil {
				return nil, err
			}
		}
		return out, nil
	case bson.D:
		out := make(bson.D, len(v))
		for i, e := range v {
			within := expression
			switch e.Key {
			case "$match", "$literal":
				within = false
			case "$expr":
				within = true
			}
			x, err := b.substituted(e.Value, params, within)
			if err != nil {
				return nil, err
			}
			out[i] = bson.E{Key: e.Key, Value: x}
		}
		return out, nil
	case string:
		name := query.Placeholder(v)
		if name == "" {
			return v, nil
		}
		p, err := query.Find(params, name)
		if err != nil {
			return nil, err
		}
		if at, ok := p.Time(); ok {
			return b.bind(kept(at, p.Storage, p.Zone)), nil
		}
		if _, isText := p.Value.(string); isText && expression {
			return d("$literal", b.bind(p.Value)), nil
		}
		return b.bind(p.Value), nil
	}
	return v, nil
}
