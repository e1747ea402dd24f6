package plan

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// union is a relation of the rows of several datasets, each restricted as it always is. What is asked of them is translated where it is asked, so that
// pages, cursors and comparisons are those of any dataset.
func (r *request) union(u *catalog.Union) (query.Relation, error) {
	out := &query.Union{Disjoint: u.Disjoint}
	for _, m := range u.Members {
		q, err := r.input(m.Input)
		if err != nil {
			return query.Relation{}, err
		}
		columns := make(map[string]query.Column, len(m.Columns))
		for name, dim := range m.Columns {
			columns[name] = query.Column{Field: dim.Field, Storage: dim.Storage, Zone: dim.Zone}
		}
		out.Members = append(out.Members, query.Member{Name: m.Input.Name, Source: m.Input.Source.Name, Query: q, Columns: columns})
	}
	return query.Relation{Union: out}, nil
}

// unionOver returns the union over another range: what its members' own queries and requests bind. Their rows are restricted by the query over it.
func unionOver(u *query.Union, rng query.Range) *query.Union {
	out := &query.Union{Members: make([]query.Member, len(u.Members)), Disjoint: u.Disjoint}
	for i, m := range u.Members {
		q := *m.Query
		q.Params = within(q.Params, rng)
		m.Query = &q
		out.Members[i] = m
	}
	return out
}
