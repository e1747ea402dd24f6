package trino

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// convert brings a driver's value to the column's type: int64, float64, bool, time.Time and []byte are as they are, everything else
// comes as text, decimals among it.
func convert(v any, c query.ResultColumn) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // a null is a value here
	}
	switch c.Type {
	case query.Int:
		if n, ok := integer(v); ok {
			return n, nil
		}
		if text, ok := v.(string); ok && beyond(text) {
			return nil, source.Overflow(errors.New("trino: column " + c.Name + ": " + text))
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
		case time.Time:
			return s.UTC().Format(time.RFC3339Nano), nil
		}
		return fmt.Sprint(v), nil
	case query.Bool:
		if t, ok := v.(bool); ok {
			return t, nil
		}
	case query.Time:
		if t, ok := v.(time.Time); ok {
			return t.UTC(), nil
		}
	}
	return nil, fault.New(fault.Permanent, "source_schema", textSchema,
		errors.New("trino: column "+c.Name+": "+fmt.Sprintf("the store returned a %T where the catalog says %s", v, c.Type)))
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case string:
		i, err := strconv.ParseInt(n, 10, 64)
		return i, err == nil
	}
	return 0, false
}

// beyond says that a text is a whole number that is too long for 64 bits.
func beyond(text string) bool {
	_, err := strconv.ParseInt(text, 10, 64)
	return errors.Is(err, strconv.ErrRange)
}

func floating(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	case string:
		f, err := strconv.ParseFloat(n, 64)
		return f, err == nil
	}
	return 0, false
}
