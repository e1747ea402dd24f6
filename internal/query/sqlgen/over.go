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
