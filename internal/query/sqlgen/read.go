package sqlgen

import (
	"database/sql"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Read collects the rows of a query's statement, up to the query's bounds; truncated says that there are more. Convert brings a driver's value to the
// column's type.
func Read(rows *sql.Rows, q *query.Query, convert func(any, query.ResultColumn) (any, error)) (f *frame.Frame, truncated bool, err error) {
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
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for n := 0; rows.Next(); n++ {
		if q.MaxRows > 0 && n >= q.MaxRows {
			return b.Frame(), true, nil
		}
		if err := rows.Scan(into...); err != nil {
			return nil, false, err
		}
		for i := range values {
			if values[i], err = convert(values[i], columns[i]); err != nil {
				return nil, false, err
			}
		}
		if err := b.Append(values...); err != nil {
			return nil, false, err
		}
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	return b.Frame(), false, nil
}
