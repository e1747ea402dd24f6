package sqlgen

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Over returns the statement of q over the rows that another statement makes, which gets the given name.
func Over(d Dialect, q *query.Query, name string, rows *Statement) (*Statement, error) {
	st, err := Compile(d, q, ident(name))
	if err != nil {
		return nil, err
	}
	// A statement of ours may begin with tables of its own: there is one list of them.
	rest, more := strings.CutPrefix(st.SQL, "WITH ")
	separator := ") "
	if more {
		separator = "), "
	}
	// On a line of its own, so that a comment at the rows' end does not swallow the parenthesis.
	return &Statement{SQL: "WITH " + ident(name) + " AS (" + rows.SQL + "\n" + separator + rest, Args: append(slices.Clip(rows.Args), st.Args...)}, nil
}

// Native returns a native statement with its parameters bound, each as a value of its own type.
func Native(d Dialect, n *query.Native, params []query.Param) (*Statement, error) {
	segments, err := query.Segments(n.Text)
	if err != nil {
		return nil, err
	}
	b := &builder{dialect: d}
	for _, s := range segments {
		b.text(s.Text)
		if s.Param == "" {
			continue
		}
		p, err := query.Find(params, s.Param)
		if err != nil {
			return nil, err
		}
		b.param(p)
	}
	return &Statement{SQL: b.sql.String(), Args: b.args}, nil
}

func (b *builder) param(p query.Param) {
	if p.Type == query.Time {
		if at, ok := p.Time(); ok {
			b.instant(at, p.Storage, p.Zone)
			return
		}
	}
	b.bind(p.Value, b.sqlType(p.Type))
}

// Input is one input of a join: a statement, and what its columns are.
type Input struct {
	Name    string
	Columns []query.ResultColumn
	Rows    *Statement
}

// Join returns the statement of q over SQL of the catalog that reads inputs by their names. Each of their columns has the type that it is
// declared with, whatever the engine made of it, so that the SQL means the same over rows that were brought from elsewhere.
func Join(d Dialect, q *query.Query, sql string, inputs []Input) (*Statement, error) {
	b := &builder{dialect: d}
	b.text("WITH ")
	each(b, inputs, ", ", func(_ int, in Input) {
		b.text(ident(in.Name), " AS (SELECT ")
		each(b, in.Columns, ", ", func(_ int, c query.ResultColumn) {
			b.text("CAST(", ident(c.Name), " AS ", b.sqlType(c.Type), ") AS ", ident(c.Name))
		})
		b.text(" FROM (", in.Rows.SQL, "))")
		b.args = append(b.args, in.Rows.Args...)
	})
	b.text(" SELECT * FROM (", sql, "\n)")
	return Over(d, q, "__joined", &Statement{SQL: b.sql.String(), Args: b.args})
}
