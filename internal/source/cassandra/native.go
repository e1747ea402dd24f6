package cassandra

import (
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// native returns the plan of a relation's own statement: it is run once, and everything else is computed over its rows.
func native(q *query.Query) (*plan, error) {
	segments, err := query.Segments(q.Relation.Native.Text)
	if err != nil {
		return nil, schemaError(err.Error())
	}
	p := &plan{query: q, columns: columnsOf(q), byName: true, consistency: q.Relation.Consistency}
	var text strings.Builder
	for _, s := range segments {
		text.WriteString(s.Text)
		if s.Param == "" {
			continue
		}
		param, err := query.Find(q.Params, s.Param)
		if err != nil {
			return nil, schemaError(err.Error())
		}
		text.WriteByte('?')
		value := param.Value
		if at, ok := param.Time(); ok {
			kept := stored(&query.TimeField{Storage: param.Storage, Zone: param.Zone}, query.Range{From: at, To: at})
			value = bound(kept.From, param.Storage)
		}
		p.bounds = append(p.bounds, value)
	}
	p.text = text.String()
	return p, nil
}

// arranged returns where the values of a statement's columns go: into the cells of their names, and nowhere. Nil where a cell's column is
// missing.
func arranged(columns []gocql.ColumnInfo, cells []*cell) []any {
	out, found := make([]any, len(columns)), 0
	for i, c := range columns {
		if j := slices.IndexFunc(cells, func(x *cell) bool { return x.field.Column == c.Name }); j >= 0 {
			out[i] = cells[j]
			found++
		}
	}
	if found < len(cells) {
		return nil
	}
	return out
}

func missing(columns []gocql.ColumnInfo, cells []*cell) error {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	for _, c := range cells {
		if !slices.Contains(names, c.field.Column) {
			return schemaError(fmt.Sprintf("the catalog's statement has no column %s; it has %s", c.field.Column, strings.Join(names, ", ")))
		}
	}
	return schemaError("the catalog's statement has a column twice")
}
