package duckdb

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
)

// Columns that an import has besides those of its files: the member of an enumeration in place of each text, and numbers of hours and of quarters of them.
const (
	columnCode    = "__code_"
	columnHour    = "__hour"
	columnQuarter = "__quarter"
)

// mostTexts is of how many different texts an enumeration is made, longestText how long one of them may be.
const (
	mostTexts   = 512
	longestText = 200
)

// survey looks through the rows of an import: which columns have few values. It returns what to select of them in addition, too. Nothing is known of rows with columns whose names are those of an import's own.
func survey(ctx context.Context, db *database, from string, by *query.TimeField) (*sqlgen.Coarse, string, error) {
	all, err := columnsOf(ctx, db, from)
	if err != nil {
		return nil, "", err
	}
	var fields []query.Field
	for _, col := range all {
		f := fieldOf(col.name, col.kind)
		switch {
		case strings.HasPrefix(col.name, "__"):
			return nil, "", nil
		case f.Type == query.Int && !f.Multi, col.kind == "VARCHAR":
			fields = append(fields, f)
		}
	}
	c := &sqlgen.Coarse{Columns: make(map[string]sqlgen.CoarseColumn)}
	// Of each column three numbers: how many values it has, and the least and the greatest, or how many different ones there are and how long the longest is.
	asked := []string{"count(*)"}
	if by != nil {
		asked = append(asked, "min("+sqlgen.TicksOf(by)+")", "max("+sqlgen.TicksOf(by)+")")
	}
	for _, f := range fields {
		name := quoteName(f.Column)
		asked = append(asked, "count("+name+")")
		if f.Type == query.Int {
			asked = append(asked, "TRY_CAST(min("+name+") AS BIGINT)", "TRY_CAST(max("+name+") AS BIGINT)")
		} else {
			asked = append(asked, "approx_count_distinct("+name+")", "max(strlen("+name+"))")
		}
	}
	found := make([]sql.NullInt64, len(asked))
	into := make([]any, len(found))
	for i := range found {
		into[i] = &found[i]
	}
	if err := db.QueryRowContext(ctx, "SELECT "+strings.Join(asked, ", ")+" FROM "+from).Scan(into...); err != nil {
		return nil, "", err
	}
	c.Rows, found = found[0].Int64, found[1:]
	columns := ""
	if by != nil {
		columns = timed(c, by, found[0], found[1])
		found = found[2:]
	}
	for i, f := range fields {
		there, a, b := found[3*i], found[3*i+1], found[3*i+2]
		if !a.Valid || !b.Valid {
			continue
		}
		of := sqlgen.CoarseColumn{Type: f.Type, Full: there.Int64 == c.Rows}
		switch {
		case f.Type == query.Int:
			if values := uint64(b.Int64) - uint64(a.Int64); values < 1<<sqlgen.CoarseBits { //nolint:gosec // what wraps around is too many
				of.Values = int64(values) + 1
			}
			most := math.MaxInt64 / max(1, c.Rows)
			of.Small = a.Int64 >= -most && b.Int64 <= most
		case a.Int64 <= mostTexts && b.Int64 <= longestText:
			texts, err := textsOf(ctx, db, from, f.Column)
			if err != nil {
				return nil, "", err
			}
			if len(texts) > 0 {
				of.Code, of.Values = columnCode+f.Column, int64(len(texts))
				columns += ", CAST(" + quoteName(f.Column) + " AS ENUM(" + strings.Join(texts, ", ") + ")) AS " + quoteName(of.Code)
			}
		}
		c.Columns[f.Column] = of
	}
	return c, columns, nil
}

// textsOf are the different texts of a column, quoted, in their order; none where there are too many.
func textsOf(ctx context.Context, db *database, from, column string) ([]string, error) {
	name := quoteName(column)
	rows, err := db.QueryContext(ctx, "SELECT DISTINCT "+name+" FROM "+from+" WHERE "+name+" IS NOT NULL ORDER BY 1 LIMIT ?", 2*mostTexts+1)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, quote(text))
	}
	if len(out) > 2*mostTexts { // the estimate was far off
		return nil, rows.Err()
	}
	return out, rows.Err()
}

// timed notes the times of rows that are imported in their order, and returns what to select for it.
func timed(c *sqlgen.Coarse, by *query.TimeField, least, most sql.NullInt64) string {
	if !least.Valid || query.Beside(by.Storage, by.Zone) || least.Int64 < -sqlgen.Before1970.Microseconds() {
		return ""
	}
	of := *by
	c.Time, c.Hour, c.Quarter = &of, columnHour, columnQuarter
	c.From, c.To = time.UnixMicro(least.Int64).UTC(), time.UnixMicro(most.Int64+1).UTC()
	return ", " + sqlgen.CountOf(by, time.Hour) + " AS " + quoteName(columnHour) + ", " + sqlgen.CountOf(by, sqlgen.QuarterHour) + " AS " + quoteName(columnQuarter)
}

// visible reads the columns that a table has of its files.
func (t *table) visible() string {
	if t.coarse == nil || len(t.coarse.Hidden()) == 0 {
		return "FROM " + t.name
	}
	var hidden []string
	for _, name := range t.coarse.Hidden() {
		hidden = append(hidden, quoteName(name))
	}
	return "SELECT * EXCLUDE (" + strings.Join(hidden, ", ") + ") FROM " + t.name
}

// known is what a relation was imported to so far.
func (s *Source) known(r query.Relation) table {
	of := table{name: s.tableOf(r)}
	s.mu.Lock()
	db := s.db
	s.mu.Unlock()
	db.imports.mu.Lock()
	t := db.imports.tables[of.name]
	db.imports.mu.Unlock()
	if t == nil {
		return of
	}
	select {
	case t.busy <- struct{}{}:
		of.coarse = t.coarse
		<-t.busy
	default: // it is being imported
	}
	return of
}

func quoteName(column string) string { return `"` + strings.ReplaceAll(column, `"`, `""`) + `"` }
