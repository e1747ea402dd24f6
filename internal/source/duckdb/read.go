package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
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

// read runs a statement on a connection and collects its rows, up to the query's bound. They come from the driver itself: what package sql adds to each of them takes as long again.
func read(ctx context.Context, on *sql.Conn, q *query.Query, st *sqlgen.Statement, how running) (f *frame.Frame, truncated bool, err error) {
	err = on.Raw(func(raw any) error {
		conn, ok := raw.(*driver.Conn)
		if !ok {
			return fmt.Errorf("unexpected connection %T", raw)
		}
		args, err := named(conn, st.Args)
		if err != nil {
			return err
		}
		return how(ctx, conn, st.SQL, args, func(rows sqldriver.Rows) (err error) {
			f, truncated, err = sqlgen.Read(rows, q, convert)
			return err
		})
	})
	return f, truncated, err
}

// named are a statement's arguments as drivers take them.
func named(conn *driver.Conn, args []any) ([]sqldriver.NamedValue, error) {
	out := make([]sqldriver.NamedValue, len(args))
	for i, v := range args {
		out[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
		err := conn.CheckNamedValue(&out[i])
		if errors.Is(err, sqldriver.ErrSkip) {
			out[i].Value, err = sqldriver.DefaultParameterConverter.ConvertValue(v)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// convert brings a driver's value to the column's type. What is of it already is returned as it came, and needs no memory again.
func convert(v any, c query.ResultColumn) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // a null is a value here
	}
	switch c.Type {
	case query.Int:
		if _, ok := v.(int64); ok {
			return v, nil
		}
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
			return v, nil
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
