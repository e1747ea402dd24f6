package duckdb

import (
	"context"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var _ source.Files = (*Source)(nil)

// OverFiles answers q over files below the data root without importing them: only the columns of q are read.
func (s *Source) OverFiles(ctx context.Context, q *query.Query, format string, paths []string) (*source.Result, error) {
	begin := s.cfg.Now()
	st, err := overFiles(q, format, paths)
	if err != nil {
		return nil, classify(err)
	}
	return s.answer(ctx, s.db, q, st, begin, begin)
}

// ExplainFiles returns the SQL over the files and its arguments.
func (s *Source) ExplainFiles(q *query.Query, format string, paths []string) (source.Native, error) {
	st, err := overFiles(q, format, paths)
	if err != nil {
		return source.Native{}, classify(err)
	}
	return source.Native{Language: "sql", Text: st.SQL, Args: st.Args}, nil
}

func overFiles(q *query.Query, format string, paths []string) (*sqlgen.Statement, error) {
	from, err := reading(format, paths, declared(format, q.Needs()))
	if err != nil {
		return nil, err
	}
	return sqlgen.Compile(sqlgen.DuckDB{}, q, from)
}

// declared returns the options that give columns the types that the catalog says: files of text do not tell them, and guesses
// change with the rows that happen to come first.
func declared(format string, needs []query.Need) string {
	option := map[string]string{"csv": "types", "json": "columns"}[format]
	if option == "" || len(needs) == 0 {
		return ""
	}
	parts := make([]string, len(needs))
	for i, n := range needs {
		parts[i] = quote(n.Column) + ": '" + columnType(n.Type, n.Storage) + map[bool]string{true: "[]"}[n.Multi] + "'"
	}
	return ", " + option + " = {" + strings.Join(parts, ", ") + "}"
}

// columnType returns DuckDB's name of a column's type.
func columnType(t query.Type, storage string) string {
	switch t {
	case query.Int:
		return "BIGINT"
	case query.Float:
		return "DOUBLE"
	case query.Bool:
		return "BOOLEAN"
	case query.Time:
		switch storage {
		case query.StorageTimestampTZ:
			return "TIMESTAMPTZ"
		case query.StorageDate:
			return "DATE"
		case query.StorageEpochS, query.StorageEpochMS:
			return "BIGINT"
		}
		return "TIMESTAMP"
	case query.String:
		return "VARCHAR"
	}
	return "VARCHAR"
}
