package sqlgen

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Rows are those of a statement, one by one.
type Rows interface {
	// Next fills values with the next row; after the last one it returns io.EOF.
	Next(values []driver.Value) error
}

// Read collects the rows of a query's statement, up to the query's bounds; truncated says that there are more. Convert brings a driver's value to the
// column's type.
func Read(rows Rows, q *query.Query, convert func(any, query.ResultColumn) (any, error)) (f *frame.Frame, truncated bool, err error) {
	columns := q.Columns()
	fields := make([]frame.Field, len(columns))
	for i, c := range columns {
		fields[i] = frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)}
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, false, err
	}
	b.Limit(q.MaxBytes)
	given, values := make([]driver.Value, len(columns)), make([]any, len(columns))
	for n := 0; ; n++ {
		if err := rows.Next(given); errors.Is(err, io.EOF) {
			return b.Frame(), false, nil
		} else if err != nil {
			return nil, false, err
		}
		if q.MaxRows > 0 && n >= q.MaxRows {
			return b.Frame(), true, nil
		}
		for i := range values {
			if values[i], err = convert(given[i], columns[i]); err != nil {
				return nil, false, err
			}
		}
		if err := b.Append(values...); err != nil {
			return nil, false, err
		}
	}
}

// Scanned are rows that package sql scans, which takes as long again as what most drivers do for a row.
func Scanned(rows *sql.Rows) Rows { return &scanned{rows: rows} }

type scanned struct {
	rows *sql.Rows
	row  []any
	into []any
}

func (s *scanned) Next(values []driver.Value) error {
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if s.row == nil {
		s.row, s.into = make([]any, len(values)), make([]any, len(values))
		for i := range s.into {
			s.into[i] = &s.row[i]
		}
	}
	if err := s.rows.Scan(s.into...); err != nil {
		return err
	}
	for i, v := range s.row {
		values[i] = v
	}
	return nil
}
