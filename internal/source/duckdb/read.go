package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/big"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/query/sqlgen"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// querier is the database, or one connection to it.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// read runs a statement and collects its rows, up to the query's bound.
func read(ctx context.Context, on querier, q *query.Query, st *sqlgen.Statement) (f *frame.Frame, truncated bool, err error) {
	rows, err := on.QueryContext(ctx, st.SQL, st.Args...) //nolint:rowserrcheck // sqlgen.Read checks it
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	return sqlgen.Read(rows, q, convert)
}

// convert brings a driver's value to the column's type.
func convert(v any, c query.ResultColumn) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // a null is a value here
	}
	switch c.Type {
	case query.Int:
		if n, ok := integer(v); ok {
			return n, nil
		}
		if n, ok := v.(*big.Int); ok {
			return nil, source.Overflow(fmt.Errorf("column %s: %s", c.Name, n))
		}
	case query.Float:
		if f, ok := floating(v); ok {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return nil, nil //nolint:nilnil // what is not a number is null
			}
			return f, nil
		}
	case query.String:
		switch s := v.(type) {
		case string:
			return s, nil
		case []byte:
			return string(s), nil
		default:
			return fmt.Sprint(v), nil
		}
	case query.Bool:
		if t, ok := v.(bool); ok {
			return t, nil
		}
	case query.Time:
		if t, ok := v.(time.Time); ok {
			return t.UTC(), nil
		}
	}
	return nil, fmt.Errorf("column %s: the store returned a %T where the catalog says %s", c.Name, v, c.Type)
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int16:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), n <= math.MaxInt64
	case *big.Int:
		return n.Int64(), n.IsInt64()
	}
	return 0, false
}

func floating(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case float32:
		return float64(n), true
	case driver.Decimal:
		return n.Float64(), true
	case *big.Int:
		f, _ := new(big.Float).SetInt(n).Float64()
		return f, true
	}
	if n, ok := integer(v); ok {
		return float64(n), true
	}
	return 0, false
}
