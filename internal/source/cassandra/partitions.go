package cassandra

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Bounds on what one query reads, and on one part of a partition key, which Cassandra writes with a length of 16 bits.
const (
	maxPartitions = 20_000
	maxKeyBytes   = math.MaxUint16
)

// keyValues are the values that a query selects of one column of the partition key, and where they come from.
type keyValues struct {
	column string
	values []any
	from   string
}

// partitions are all combinations of the values of a partition key.
type partitions []keyValues

func (p partitions) count() int {
	n := 1
	for _, k := range p {
		n *= len(k.values)
	}
	return n
}

// at returns the i-th combination. Partitions are counted and not listed: there may be thousands.
func (p partitions) at(i int) []any {
	out := make([]any, len(p))
	for j := len(p) - 1; j >= 0; j-- {
		n := len(p[j].values)
		out[j] = p[j].values[i%n]
		i /= n
	}
	return out
}

// partitionsOf returns the partitions that hold all rows that q asks for.
func partitionsOf(q *query.Query) (partitions, error) {
	if q.Relation.Partition == nil || len(q.Relation.Partition.Keys) == 0 {
		return nil, unpartitioned("the catalog does not say how table " + q.Relation.Table + " is partitioned")
	}
	var out partitions
	for _, k := range q.Relation.Partition.Keys {
		v, err := valuesOf(q, k)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if len(out) == 1 {
		// The one key of a partition is never empty, and the server refuses to be asked for it.
		out[0].values = slices.DeleteFunc(out[0].values, func(v any) bool { return v == "" })
	}
	withoutTooLong(out)
	return out, fansOut(out)
}

// withoutTooLong leaves out the texts that do not fit into a key beside the shortest of the other columns: no partition has such a key, and the
// server refuses to be asked for it.
func withoutTooLong(p partitions) {
	if len(p) < 2 {
		return
	}
	const beside = 3 // a length and an end
	size := func(v any) int {
		if s, ok := v.(string); ok {
			return len(s) + beside
		}
		return beside
	}
	total := 0
	least := make([]int, len(p))
	for i := range p {
		for j, v := range p[i].values {
			if n := size(v); j == 0 || n < least[i] {
				least[i] = n
			}
		}
		total += least[i]
	}
	for i := range p {
		p[i].values = slices.DeleteFunc(p[i].values, func(v any) bool { return total-least[i]+size(v) > maxKeyBytes })
	}
}

// fansOut refuses more partitions than one query may read, and names the key that multiplies them most.
func fansOut(p partitions) error {
	widest, n := 0, 1
	for i, k := range p {
		if len(k.values) == 0 {
			return nil
		}
		if len(k.values) > len(p[widest].values) {
			widest = i
		}
		n = min(n*len(k.values), math.MaxInt32)
	}
	if n <= maxPartitions {
		return nil
	}
	return limited(fmt.Sprintf("the query reads more than %d partitions, most of them for the values of %s (%s)",
		maxPartitions, p[widest].column, p[widest].from))
}

// valuesOf returns the values of one key column: those that everything known about it has in common.
func valuesOf(q *query.Query, k query.PartitionKey) (keyValues, error) {
	out := keyValues{column: k.Column}
	var from []string
	narrow := func(what string, values []any) error {
		fitting, err := fit(k, values)
		if err != nil {
			return err
		}
		if len(from) > 0 {
			fitting = slices.DeleteFunc(fitting, func(v any) bool { return !slices.Contains(out.values, v) })
		}
		out.values, from = fitting, append(from, what)
		return nil
	}
	if k.Bucket != "" && q.Time != nil {
		values, err := buckets(k, stored(q.Time, q.Range), maxPartitions+1)
		if err != nil {
			return out, err
		}
		if err := narrow(fmt.Sprintf("%ss of the time range", k.Bucket), values); err != nil {
			return out, err
		}
	}
	if len(k.Values) > 0 {
		if err := narrow("all that the catalog lists", k.Values); err != nil {
			return out, err
		}
	}
	if q.Tenant != nil && selects(*q.Tenant, k) {
		if err := narrow("the tenant", q.Tenant.Values); err != nil {
			return out, err
		}
	}
	for _, c := range conjuncts(q.Where) {
		if c, ok := comparison(c); ok && selects(c, k) {
			if err := narrow("a filter", c.Values); err != nil {
				return out, err
			}
		}
	}
	if len(from) == 0 {
		return out, unpartitioned(fmt.Sprintf("no tenant, time range or filter says which partitions to read: %s is open", k.Column))
	}
	out.from = strings.Join(from, ", ")
	return out, nil
}

func selects(c query.Compare, k query.PartitionKey) bool {
	return c.Field.Column == k.Column && !c.Field.Multi && (c.Op == query.Eq || c.Op == query.In)
}

// conjuncts returns the conditions that every row has to fulfill.
func conjuncts(f query.Filter) []query.Filter {
	all, ok := f.(query.And)
	if !ok {
		if f == nil {
			return nil
		}
		return []query.Filter{f}
	}
	var out []query.Filter
	for _, g := range all {
		out = append(out, conjuncts(g)...)
	}
	return out
}

func comparison(f query.Filter) (query.Compare, bool) {
	switch f := f.(type) {
	case query.Compare:
		return f, true
	case *query.Compare:
		return *f, true
	}
	return query.Compare{}, false
}

// fit brings values to the key's type, each once. Values that no row can have are left out.
func fit(k query.PartitionKey, values []any) ([]any, error) {
	var out []any
	seen := make(map[any]bool, len(values))
	for _, v := range values {
		switch n := v.(type) {
		case int:
			v = int64(n)
		case uint64:
			v = int64(min(n, math.MaxInt64)) //nolint:gosec // a catalog's number, cut above
		}
		ok := false
		switch k.Type {
		case query.String:
			var s string
			if s, ok = v.(string); ok && len(s) > maxKeyBytes {
				continue
			}
		case query.Bool:
			_, ok = v.(bool)
		case query.Int:
			if f, is := v.(float64); is {
				if f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
					continue
				}
				v = int64(f)
			}
			_, ok = v.(int64)
		case query.Float:
			if n, is := v.(int64); is {
				v = float64(n)
			}
			_, ok = v.(float64)
		case query.Time:
			var t time.Time
			if t, ok = v.(time.Time); ok {
				if !t.Equal(t.Truncate(time.Millisecond)) {
					continue
				}
				v = t.UTC()
			}
		}
		if !ok {
			return nil, schemaError(fmt.Sprintf("partition key %s is a %s in the catalog, and is asked for a %T", k.Column, k.Type, v))
		}
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out, nil
}

// unpartitioned refuses a query that would read a whole table.
func unpartitioned(text string) error {
	return fault.New(fault.Permanent, "source_needs_partition", text, nil)
}
