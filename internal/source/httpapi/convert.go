package httpapi

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// column brings JSON values to the type that the catalog gives a field. A value of another type is an error: whatever it was turned
// into would be a wrong number somewhere.
type column struct {
	query.Need
	loc *time.Location
}

func newColumn(n query.Need) *column { return &column{n, query.Location(n.Zone)} }

// value returns string, int64, float64, bool, time.Time, []string or nil.
func (c *column) value(raw jsontext.Value) (any, error) {
	if raw.Kind() == 'n' {
		return nil, nil //nolint:nilnil // null
	}
	v, ok := c.convert(raw)
	if !ok {
		return nil, mismatch("field %s is not %s", c.Column, c.name())
	}
	return v, nil
}

// name is the type in words.
func (c *column) name() string {
	if c.Multi {
		return "a list of texts"
	}
	switch c.Type {
	case query.String:
		return "a text"
	case query.Int:
		return "a whole number of 64 bits"
	case query.Float:
		return "a number"
	case query.Bool:
		return "true or false"
	case query.Time:
		switch c.Storage {
		case query.StorageEpochS:
			return "a time in seconds since 1970"
		case query.StorageEpochMS:
			return "a time in milliseconds since 1970"
		case query.StorageDate:
			return "a day as in 2002-01-31"
		case query.StorageTimestampTZ:
			return "a time as in 2002-01-31T12:00:00Z"
		}
		return "a time as in 2002-01-31T12:00:00"
	}
	return string(c.Type)
}

func (c *column) convert(raw jsontext.Value) (any, bool) {
	if c.Multi {
		return texts(raw)
	}
	kind := raw.Kind()
	switch c.Type {
	case query.String:
		return text(raw)
	case query.Bool:
		return kind == 't', kind == 't' || kind == 'f'
	case query.Int:
		if kind == '"' { // how 64 bits get past JavaScript
			s, ok := text(raw)
			if !ok {
				return nil, false
			}
			n, err := strconv.ParseInt(s, 10, 64)
			return n, err == nil
		}
		return whole(raw)
	case query.Float:
		if kind != '0' {
			return nil, false
		}
		f, err := strconv.ParseFloat(string(raw), 64)
		return f, err == nil
	case query.Time:
		return c.time(raw)
	}
	return nil, false
}

func text(raw jsontext.Value) (string, bool) {
	if raw.Kind() != '"' {
		return "", false
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err == nil
}

// texts reads a list; nulls in it are no values.
func texts(raw jsontext.Value) (any, bool) {
	if raw.Kind() != '[' {
		return nil, false
	}
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.ReadToken(); err != nil {
		return nil, false
	}
	out := []string{}
	for dec.PeekKind() != ']' {
		v, err := dec.ReadValue()
		if err != nil {
			return nil, false
		}
		if v.Kind() == 'n' {
			continue
		}
		s, ok := text(v)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// whole reads a number that is whole, however it is written: 3, 3.0, 3e2.
func whole(raw jsontext.Value) (any, bool) {
	if raw.Kind() != '0' {
		return nil, false
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, true
	}
	r, ok := rational(string(raw))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return nil, false
	}
	return r.Num().Int64(), true
}

// rational reads a number of JSON exactly; false for one whose digits would be many, however short it is written.
func rational(number string) (*big.Rat, bool) {
	const most = 64
	_, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	if exponent != "" {
		if n, err := strconv.Atoi(exponent); err != nil || n > most || n < -most {
			return nil, false
		}
	}
	if len(number) > most {
		return nil, false
	}
	return new(big.Rat).SetString(number)
}

// time reads an instant, exact to the microsecond. A text with an offset is an instant whatever the storage; a wall clock or a day is
// one of the field's zone.
func (c *column) time(raw jsontext.Value) (any, bool) {
	switch c.Storage {
	case query.StorageEpochS:
		return epoch(raw, 1_000_000)
	case query.StorageEpochMS:
		return epoch(raw, 1000)
	}
	s, ok := text(raw)
	if !ok {
		return nil, false
	}
	if c.Storage == query.StorageDate {
		t, err := time.Parse(time.DateOnly, s)
		return query.Instant(t, c.loc), err == nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), true
	}
	if c.Storage == query.StorageTimestampTZ {
		return nil, false
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil { // with a fraction, too
			return query.Instant(t, c.loc).Truncate(time.Microsecond), true
		}
	}
	return nil, false
}

// epoch reads a number of units since 1970, each of so many microseconds; as a number or as a text of one.
func epoch(raw jsontext.Value, unit int64) (any, bool) {
	digits := string(raw)
	if raw.Kind() == '"' {
		s, ok := text(raw)
		if !ok || !jsontext.Value(s).IsValid() {
			return nil, false
		}
		digits = s
	}
	r, ok := rational(digits)
	if !ok {
		return nil, false
	}
	r.Mul(r, new(big.Rat).SetInt64(unit))
	n := new(big.Int).Div(r.Num(), r.Denom()) // towards the past, as Truncate is from year 1 on
	if !n.IsInt64() || n.Int64() > maxMicros || n.Int64() < -maxMicros {
		return nil, false
	}
	return time.UnixMicro(n.Int64()).UTC(), true
}

// maxMicros is year 9999's end in microseconds since 1970.
const maxMicros = 253_402_300_800_000_000
