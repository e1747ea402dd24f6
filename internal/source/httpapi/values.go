package httpapi

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// values are what the placeholders of one query stand for.
type values struct {
	params  []query.Param
	zone    *time.Location
	filters []query.Compare // that every row must meet
}

func valuesOf(q *query.Query) *values {
	v := &values{params: q.Params, zone: time.UTC}
	for _, p := range q.Params {
		if name, ok := p.Value.(string); ok && p.Name == query.ParamZone {
			v.zone = query.Location(name)
		}
	}
	v.conjuncts(q.Where)
	return v
}

// conjuncts collects the comparisons that hold for each row of the answer.
func (v *values) conjuncts(f query.Filter) {
	switch f := f.(type) {
	case query.And:
		for _, x := range f {
			v.conjuncts(x)
		}
	case query.Compare:
		v.filters = append(v.filters, f)
	case *query.Compare:
		v.filters = append(v.filters, *f)
	}
}

// of returns what stands for a placeholder: string, int64, float64, bool, or []any of them; nil where there is no value.
func (v *values) of(p query.Piece) (any, error) {
	if strings.HasPrefix(p.Param, query.ParamFilter) {
		return v.filter(p)
	}
	param, err := query.Find(v.params, p.Param)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_error", textError, err)
	}
	if t, ok := param.Value.(time.Time); ok {
		return v.time(t, p.Format), nil
	}
	if param.Value == "" {
		return nil, nil //nolint:nilnil // an empty text says nothing
	}
	return param.Value, nil
}

// filter returns what the request restricts a column to, as far as it is a list of values. Whatever the API makes of it, the
// rows are filtered again: none may be missing, and more do no harm.
func (v *values) filter(p query.Piece) (any, error) {
	for _, c := range v.filters {
		if c.Field.Column != p.Column || c.Op != query.Eq && c.Op != query.In || len(c.Values) == 0 {
			continue
		}
		list := make([]any, len(c.Values))
		texts := make([]string, len(c.Values))
		comma := false
		for i, value := range c.Values {
			if t, ok := value.(time.Time); ok {
				value = v.time(t, "")
			}
			list[i], texts[i] = value, textOf(value)
			comma = comma || strings.Contains(texts[i], ",")
		}
		switch p.Format {
		case query.FormatOne:
			if len(list) > 1 {
				return nil, nil //nolint:nilnil // the API takes one: it is asked for all
			}
			return list[0], nil
		case query.FormatCSV:
			if comma {
				return nil, nil //nolint:nilnil // the API could not tell the values apart
			}
			return strings.Join(texts, ","), nil
		}
		return list, nil
	}
	return nil, nil //nolint:nilnil // not filtered by it
}

func (v *values) time(t time.Time, format string) any {
	switch format {
	case query.FormatUnix:
		return t.Unix()
	case query.FormatUnixMS:
		return t.UnixMilli()
	case query.FormatDate:
		return t.In(v.zone).Format(time.DateOnly)
	case query.FormatLastDate:
		return t.Add(-time.Microsecond).In(v.zone).Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// textOf writes a value as a URL, a header or a text has it.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}
