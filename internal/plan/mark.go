package plan

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// markOf is the digest of what a cursor is bound to: the widget, and its query without its page. Where the rows are is none of it: the same rows may move.
func markOf(name string, q *query.Query) ([]byte, error) {
	of := *q
	of.Limit, of.Offset, of.Total, of.MaxRows, of.MaxBytes, of.MaxReadBytes, of.Timeout = 0, 0, false, 0, 0, 0, 0
	of.Where, of.Relation = nil, query.Relation{}
	var inputs [][]byte
	if join := q.Relation.Join; join != nil {
		for _, in := range join.Inputs {
			mark, err := markOf(in.Name, in.Query)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, mark)
		}
	}
	if u := q.Relation.Union; u != nil {
		for i := range u.Members {
			mark, err := markOf(u.Members[i].Name, u.Members[i].Query)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, mark)
		}
	}
	raw, err := json.Marshal(struct {
		Name   string
		Query  *query.Query
		Where  string
		Inputs [][]byte
	}{name, &of, fmt.Sprintf("%#v", tagged(q.Where)), inputs})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}

// tagged is a filter as data that tells its kinds apart.
func tagged(f query.Filter) any {
	list := func(name string, of []query.Filter) []any {
		out := []any{name}
		for _, x := range of {
			out = append(out, tagged(x))
		}
		return out
	}
	switch f := f.(type) {
	case query.And:
		return list("and", f)
	case query.Or:
		return list("or", f)
	case query.Not:
		return []any{"not", tagged(f.Of)}
	case *query.Compare:
		return tagged(*f)
	case query.Compare:
		out := []any{"compare", f.Field.Column, string(f.Op)}
		for _, v := range f.Values {
			if t, ok := v.(time.Time); ok {
				v = t.UnixMicro()
			}
			out = append(out, v)
		}
		return out
	}
	return nil
}
