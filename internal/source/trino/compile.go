package trino

import (
	"errors"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
)

// rowsName is what native SQL calls the rows of its dataset's table.
const rowsName = "rows"

// statement compiles q over its table, over what native SQL makes, or over a join of queries that this cluster answers itself.
func (s *Source) statement(q *query.Query) (*sqlgen.Statement, error) {
	r := &q.Relation
	switch {
	case r.Join != nil:
		return s.joined(q)
	case r.Native == nil:
		from, err := s.table(r.Table)
		if err != nil {
			return nil, err
		}
		return sqlgen.Compile(sqlgen.Trino{}, q, from)
	}
	rows, err := sqlgen.Native(sqlgen.Trino{}, r.Native, q.Params)
	if err != nil {
		return nil, err
	}
	if r.Table != "" {
		from, err := s.table(r.Table)
		if err != nil {
			return nil, err
		}
		rows.SQL = "WITH " + rowsName + " AS (SELECT * FROM " + from + ") SELECT * FROM (" + rows.SQL + "\n)"
	}
	return sqlgen.Over(sqlgen.Trino{}, q, "__native", rows)
}

// joined compiles a join as one statement. Nothing is moved here, so that no input is bounded.
func (s *Source) joined(q *query.Query) (*sqlgen.Statement, error) {
	inputs := make([]sqlgen.Input, len(q.Relation.Join.Inputs))
	for i, in := range q.Relation.Join.Inputs {
		whole := *in.Query
		whole.MaxRows = 0
		st, err := s.statement(&whole)
		if err != nil {
			return nil, err
		}
		inputs[i] = sqlgen.Input{Name: in.Name, Columns: whole.Columns(), Rows: st}
	}
	return sqlgen.Join(sqlgen.Trino{}, q, q.Relation.Join.SQL, inputs)
}

// table quotes a name part by part, completed by the source's catalog and schema.
func (s *Source) table(name string) (string, error) {
	parts := strings.Split(name, ".")
	if name == "" || len(parts) > 3 || len(parts) < 3 && s.cfg.Catalog == "" || len(parts) < 2 && s.cfg.Schema == "" {
		return "", fault.New(fault.Permanent, "source_schema", "the catalog names a table in a way that the data source does not know",
			errors.New("trino: a table is catalog.schema.table, or less where the source has a catalog and a schema"))
	}
	parts = append([]string{s.cfg.Catalog, s.cfg.Schema}[:3-len(parts)], parts...)
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, "."), nil
}
