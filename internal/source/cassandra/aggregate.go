package cassandra

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// merge is a query of totals that the server computes for each partition, so that no rows travel. Each column of its statement
// is added up over the partitions, or its least or greatest value kept. The first counts rows.
type merge struct {
	columns  []column
	texts    []string
	how      []query.Agg // Sum, Min or Max of the partitions' values
	measures []merged
}

// merged is a measure by the positions of its columns: its value, and the number of values behind it.
type merged struct {
	agg       query.Agg
	at, count int
}

// pushDown returns the merge of q, or nil where rows have to be read: for groups, for conditions that the partitions and
// their clustering do not settle, and for aggregates that CQL lacks or has otherwise.
func pushDown(q *query.Query) *merge {
	if q.Rows || len(q.Groups) > 0 || q.Others || q.Offset > 0 || len(q.Measures) == 0 || !settled(q) {
		return nil
	}
	m := &merge{}
	m.add("count(*)", column{field: query.Field{Type: query.Int}}, query.Sum)
	for _, measure := range q.Measures {
		if !m.measure(measure) {
			return nil
		}
	}
	return m
}

// settled says whether the partitions of q hold the rows that it asks for and no others.
func settled(q *query.Query) bool {
	if q.Relation.Partition == nil {
		return false // which is refused
	}
	keys := q.Relation.Partition.Keys
	onKey := func(c query.Compare) bool {
		return slices.ContainsFunc(keys, func(k query.PartitionKey) bool { return selects(c, k) })
	}
	if q.Tenant != nil && !onKey(*q.Tenant) {
		return false
	}
	if q.Time != nil && (!q.Relation.Partition.Clustered || clock(q.Time.Storage, q.Time.Zone)) {
		return false
	}
	for _, f := range conjuncts(q.Where) {
		if c, ok := comparison(f); !ok || !onKey(c) {
			return false
		}
	}
	return true
}

// clock says whether a time is kept as a wall clock that jumps: its order is not that of the instants.
func clock(storage, zone string) bool {
	return (storage == "" || storage == query.StorageTimestamp) && query.Location(zone) != time.UTC
}

func (m *merge) measure(q query.Measure) bool {
	if q.Formula != nil || q.Where != nil || q.Field.Multi || q.Field.Type == query.Time && clock(q.Storage, q.Zone) {
		return false
	}
	if q.Agg == query.Count && q.Field.Column == "" {
		m.measures = append(m.measures, merged{query.Count, 0, 0})
		return true
	}
	name, err := ident(q.Field.Column)
	if err != nil {
		return false
	}
	own := column{field: q.Field, storage: q.Storage, zone: q.Zone, partial: q.Field.Type == query.Float}
	number := q.Field.Type == query.Int || q.Field.Type == query.Float
	switch {
	case q.Agg == query.Count && q.Field.Type != query.Float: // a count of those would count what is no number
		at := m.add("count("+name+")", column{field: query.Field{Type: query.Int}}, query.Sum)
		m.measures = append(m.measures, merged{query.Count, at, at})
	case (q.Agg == query.Sum || q.Agg == query.Avg) && number:
		// A sum has its column's type in CQL, and runs over: a wider one does not.
		wide := "double"
		if q.Field.Type == query.Int {
			wide = "varint"
			// Read for its type alone: what is no integer would be cut to one.
			m.add("min("+name+")", own, query.Min)
		}
		at := m.add("sum(CAST("+name+" AS "+wide+"))", column{field: query.Field{Column: q.Field.Column, Type: q.Field.Type}, partial: true}, query.Sum)
		count := m.add("count("+name+")", column{field: query.Field{Type: query.Int}}, query.Sum)
		m.measures = append(m.measures, merged{q.Agg, at, count})
	// Text stays out: what is shown as text (uuid, inet) has an order of its own.
	case (q.Agg == query.Min || q.Agg == query.Max) && (number || q.Field.Type == query.Time):
		at := m.add(string(q.Agg)+"("+name+")", own, q.Agg)
		m.measures = append(m.measures, merged{q.Agg, at, -1})
	default:
		return false
	}
	return true
}

// add returns the position of a column, which measures share.
func (m *merge) add(text string, c column, how query.Agg) int {
	if at := slices.Index(m.texts, text); at >= 0 {
		return at
	}
	m.texts, m.columns, m.how = append(m.texts, text), append(m.columns, c), append(m.how, how)
	return len(m.texts) - 1
}

func (m *merge) selected() string { return strings.Join(m.texts, ", ") }

// result merges the partitions' values into the one row of q.
func (m *merge) result(q *query.Query, rows iter.Seq2[[]any, error], most int64) (*source.Result, error) {
	total := make([]any, len(m.columns))
	total[0] = int64(0)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		for i, v := range row {
			total[i] = combine(m.how[i], total[i], v)
		}
		if n, _ := total[0].(int64); n > most {
			return nil, tooManyRows(most)
		}
	}
	values := make([]any, 0, len(m.measures)+1)
	for _, measure := range m.measures {
		v, err := measure.value(total)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if q.Total {
		values = append(values, int64(1))
	}
	f, err := oneRow(q, values)
	if err != nil {
		return nil, classify(err)
	}
	scanned, _ := total[0].(int64)
	return &source.Result{Frame: f, Stats: source.Stats{Rows: 1, Scanned: scanned}}, nil
}

func oneRow(q *query.Query, values []any) (*frame.Frame, error) {
	var fields []frame.Field
	for _, c := range q.Columns() {
		fields = append(fields, frame.Field{Name: c.Name, Kind: frame.Kind(c.Type)})
	}
	b, err := frame.NewBuilder(fields...)
	if err != nil {
		return nil, err
	}
	if err := b.Append(values...); err != nil {
		return nil, err
	}
	return b.Frame(), nil
}

// errUnmerged says that the server's values cannot be merged: one of them is infinite or no number, and stands for others that are.
var errUnmerged = errors.New("cassandra: a partition's least or greatest value is no number")

// value returns the measure's value. Over no values a count is 0 and all others null, as is a sum of what is no number.
func (d merged) value(total []any) (any, error) {
	v := total[d.at]
	n := int64(1)
	if d.count >= 0 {
		n, _ = total[d.count].(int64)
	}
	switch {
	case d.agg == query.Count:
		return n, nil
	case n == 0:
		return nil, nil //nolint:nilnil // a null is a value here
	case d.agg == query.Avg:
		v = float(v) / float64(n)
	}
	switch x := v.(type) {
	case *big.Int:
		if !x.IsInt64() {
			return nil, source.Overflow(fmt.Errorf("cassandra: the sum is %s", x))
		}
		return x.Int64(), nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			if d.agg == query.Min || d.agg == query.Max {
				return nil, errUnmerged
			}
			return nil, nil //nolint:nilnil // a null is a value here
		}
	}
	return v, nil
}

func float(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case *big.Int:
		f, _ := new(big.Float).SetInt(n).Float64()
		return f
	case float64:
		return n
	}
	return 0
}

// combine merges two values of a column, either of which may be null.
func combine(how query.Agg, a, b any) any {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case how == query.Sum:
		return sum(a, b)
	case math.IsNaN(float(a)):
		return a // whatever else there is: it is not merged in the end
	}
	less := float(b) < float(a)
	switch x := a.(type) {
	case time.Time:
		y, _ := b.(time.Time)
		less = y.Before(x)
	case int64:
		y, _ := b.(int64)
		less = y < x
	}
	if math.IsNaN(float(b)) || less == (how == query.Min) {
		return b
	}
	return a
}

func sum(a, b any) any {
	switch x := a.(type) {
	case *big.Int:
		if y, ok := b.(*big.Int); ok {
			return new(big.Int).Add(x, y)
		}
	case int64:
		if y, ok := b.(int64); ok {
			return x + y
		}
	}
	return float(a) + float(b)
}
