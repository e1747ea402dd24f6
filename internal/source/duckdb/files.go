package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

var _ source.Files = (*Source)(nil)

// OverFiles answers q over files below the data root without importing them: only the columns of q are read. How the files are laid out is said
// by whoever brings them. DuckDB must never find it out itself: over hostile text that takes minutes which no interrupt ends, and memory
// beside its limit.
func (s *Source) OverFiles(ctx context.Context, q *query.Query, sets []source.FileSet) (r *source.Result, err error) {
	begin := s.cfg.Now()
	st, err := overFiles(q, sets)
	if err != nil {
		return nil, classify(err)
	}
	err = s.with(ctx, func(ctx context.Context, db *database) error {
		r, err = s.answer(ctx, db, q, st, once, begin, begin)
		return err
	})
	return r, err
}

// ExplainFiles returns the SQL over the files and its arguments.
func (s *Source) ExplainFiles(q *query.Query, sets []source.FileSet) (source.Native, error) {
	st, err := overFiles(q, sets)
	if err != nil {
		return source.Native{}, classify(err)
	}
	return source.Native{Language: "sql", Text: st.SQL, Args: st.Args}, nil
}

func overFiles(q *query.Query, sets []source.FileSet) (*sqlgen.Statement, error) {
	needs := q.Needs()
	for _, n := range needs {
		if !slices.ContainsFunc(sets, func(set source.FileSet) bool { return has(set, n.Column) }) {
			return nil, fault.New(fault.Permanent, "source_schema", "the data source lacks a table or a column that the catalog names",
				fmt.Errorf("duckdb: no file has the column %s", n.Column))
		}
	}
	sets = singly(q, sets)
	parts := make([]string, len(sets))
	for i, set := range sets {
		var err error
		if parts[i], err = overSet(set, needs, len(sets) > 1); err != nil {
			return nil, err
		}
	}
	from := parts[0]
	if len(parts) > 1 || strings.HasPrefix(from, "SELECT ") {
		from = "(" + strings.Join(parts, " UNION ALL ") + ")"
	}
	return sqlgen.Compile(sqlgen.DuckDB{}, q, from)
}

// singlyMost bounds how many files are read by a table function each: a plan takes 0.2 ms for one.
const singlyMost = 16

// singly has each of a few Parquet files read by a table function of its own where q groups by parts of times. DuckDB counts hours and weekdays in a plain
// array, which takes half the time of a hash table, only where it knows the bounds of the column, and it knows those of single files alone.
func singly(q *query.Query, sets []source.FileSet) []source.FileSet {
	if len(sets) != 1 || sets[0].Format != "parquet" || len(sets[0].Paths) > singlyMost || !slices.ContainsFunc(q.Groups, func(g query.Group) bool { return g.Part != "" }) {
		return sets
	}
	out := make([]source.FileSet, len(sets[0].Paths))
	for i := range out {
		out[i] = sets[0]
		out[i].Paths = sets[0].Paths[i : i+1]
	}
	return out
}

// overSet returns the table function that reads files which are laid out alike, or a SELECT of the needed columns where some are missing, or must
// stand in the order of other sets.
func overSet(set source.FileSet, needs []query.Need, among bool) (string, error) {
	from, err := readingSet(set, needs)
	if err != nil {
		return "", err
	}
	plain := !among
	var columns []string
	for _, n := range needs {
		column := ident(n.Column)
		if root, _, nested := strings.Cut(n.Column, "."); nested {
			column = ident(root)
		}
		if !has(set, n.Column) {
			if strings.Contains(n.Column, ".") {
				return "", fault.New(fault.Permanent, "source_schema", "the data source lacks a table or a column that the catalog names",
					fmt.Errorf("duckdb: some files have no column %s", n.Column))
			}
			plain, column = false, "CAST(NULL AS "+typeOf(n)+") AS "+column
		}
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
	}
	if plain {
		return from, nil
	}
	if len(columns) == 0 {
		columns = []string{"true AS " + ident(noColumn)}
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + from, nil
}

// has says whether files have a column, or may: of JSON that is not known.
func has(set source.FileSet, column string) bool {
	root, _, _ := strings.Cut(column, ".")
	return set.Columns == nil || slices.ContainsFunc(set.Columns, func(c string) bool {
		return strings.EqualFold(c, root) || set.Format == "csv" && strings.EqualFold(c, column)
	})
}

const (
	// noColumn stands where rows are only counted.
	noColumn = "__none"
	// rowMost bounds a row of CSV, above the 8 MiB that sources let through; rowBuffer is what each statement reads at a time, which DuckDB would
	// make 16 times as large as a row.
	rowMost   = 9 << 20
	rowBuffer = 2 * rowMost
)

func readingSet(set source.FileSet, needs []query.Need) (string, error) {
	switch set.Format {
	case "csv":
		columns, err := csvColumns(set, needs)
		if err != nil {
			return "", err
		}
		return reading(set.Format, set.Paths, `, auto_detect = false, header = true, quote = '"', escape = '"', delim = `+quote(string(set.Delimiter))+
			", max_line_size = "+strconv.Itoa(rowMost)+", buffer_size = "+strconv.Itoa(rowBuffer)+", columns = {"+strings.Join(columns, ", ")+"}")
	case "json":
		shape := map[string]string{"lines": "newline_delimited", "values": "unstructured", "list": "array"}[set.Shape]
		if shape == "" {
			return "", fmt.Errorf("unknown shape of JSON %q", set.Shape)
		}
		columns := make([]string, len(needs))
		for i, n := range needs {
			columns[i] = quote(n.Column) + ": " + quote(typeOf(n))
		}
		if len(columns) == 0 {
			columns = []string{quote(noColumn) + ": 'BOOLEAN'"}
		}
		// records, too, would be found out otherwise.
		return reading(set.Format, set.Paths, ", auto_detect = false, records = 'true', format = "+quote(shape)+", columns = {"+strings.Join(columns, ", ")+"}")
	}
	return reading(set.Format, set.Paths, "")
}

// csvColumns returns all columns with their types, in the files' order: those that are needed as the catalog has them, the others as text.
func csvColumns(set source.FileSet, needs []query.Need) ([]string, error) {
	out := make([]string, len(set.Columns))
	for i := range set.Columns {
		out[i] = "'__column_" + strconv.Itoa(i) + "': 'VARCHAR'"
	}
	for _, n := range needs {
		at := -1
		for i, c := range set.Columns {
			if !strings.EqualFold(c, n.Column) {
				continue
			}
			if at >= 0 {
				return nil, fault.New(fault.Permanent, "source_bad_data", "a file of the data source has two columns of one name",
					fmt.Errorf("duckdb: two columns %s in %s", n.Column, set.Paths[0]))
			}
			at = i
			out[i] = quote(n.Column) + ": " + quote(typeOf(n))
		}
	}
	return out, nil
}

func typeOf(n query.Need) string {
	return columnType(n.Type, n.Storage) + map[bool]string{true: "[]"}[n.Multi]
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
