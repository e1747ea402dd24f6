package rollup

import (
	"math"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/go-dispatcher/dispatcher/internal/frame"
)

// keys numbers groups. A key is one code for each of the query's groups; codes are numbered by pairs, from the left, so that a row costs a look-up of a small number for each, and no text is made.
type keys struct {
	columns []dictionary
	pairs   []map[uint64]int32 // of each column but the first: the number of a pair of what stands before and its code
	numbers []int32            // the group by the last number, -1 where there is none
	codes   [][]int32          // of each column: the code by group
	groups  int
}

func newKeys(columns int) *keys {
	k := &keys{columns: make([]dictionary, columns), codes: make([][]int32, columns)}
	for range columns - 1 {
		k.pairs = append(k.pairs, make(map[uint64]int32))
	}
	return k
}

// assign returns the group of each row by its codes, a column's after the other.
func (k *keys) assign(codes [][]int32, rows int) []int32 {
	out := make([]int32, rows)
	if len(codes) == 0 {
		if k.groups == 0 {
			k.groups = 1
		}
		return out
	}
	for row := range out {
		n := codes[0][row]
		for i, pairs := range k.pairs {
			pair := uint64(uint32(n))<<32 | uint64(uint32(codes[i+1][row])) //nolint:gosec // the bits are what counts
			next, ok := pairs[pair]
			if !ok {
				next = int32(len(pairs)) //nolint:gosec // far fewer than 2³¹ groups
				pairs[pair] = next
			}
			n = next
		}
		for int(n) >= len(k.numbers) {
			k.numbers = append(k.numbers, -1)
		}
		if k.numbers[n] < 0 {
			k.numbers[n] = int32(k.groups) //nolint:gosec // far fewer than 2³¹ groups
			k.groups++
			for i := range codes {
				k.codes[i] = append(k.codes[i], codes[i][row])
			}
		}
		out[row] = k.numbers[n]
	}
	return out
}

// ranks are the places of groups in the order of a column's values, nulls last.
func (k *keys) ranks(column int, desc bool) []int32 {
	byCode := k.columns[column].ranks(desc)
	out := make([]int32, k.groups)
	for g, code := range k.codes[column] {
		out[g] = byCode[code]
	}
	return out
}

// dictionary numbers the values of one column, which are of one type. No value is 0.
type dictionary struct {
	strings map[string]int32
	others  map[int64]int32
	values  []any // by code
}

func (d *dictionary) code(v any) int32 {
	if d.values == nil {
		d.values = []any{nil}
		d.strings, d.others = make(map[string]int32), make(map[int64]int32)
	}
	switch v := v.(type) {
	case string:
		return d.ofString(v)
	case int64:
		return d.ofOther(v, v)
	case float64:
		v += 0                                          // a zero has two signs
		return d.ofOther(int64(math.Float64bits(v)), v) //nolint:gosec // the bits are what counts
	case bool:
		if v {
			return d.ofOther(1, v)
		}
		return d.ofOther(0, v)
	case time.Time:
		return d.ofOther(v.UnixMicro(), v)
	}
	return 0
}

func (d *dictionary) ofString(s string) int32 {
	code, ok := d.strings[s]
	if !ok {
		code = int32(len(d.values)) //nolint:gosec // far fewer than 2³¹ values
		d.strings[s] = code
		d.values = append(d.values, s)
	}
	return code
}

func (d *dictionary) ofOther(bits int64, v any) int32 {
	code, ok := d.others[bits]
	if !ok {
		code = int32(len(d.values)) //nolint:gosec // far fewer than 2³¹ values
		d.others[bits] = code
		d.values = append(d.values, v)
	}
	return code
}

// ofRows returns the codes of the keys that rows have by a mapping.
func (d *dictionary) ofRows(k *mapping, c frame.Column, rows int) []int32 {
	out := make([]int32, rows)
	if d.code(nil); k.column == "" {
		code := d.code(k.key)
		for i := range out {
			out[i] = code
		}
		return out
	}
	strings, isStrings := c.Array().(*array.String)
	ints, isInts := c.Array().(*array.Int64)
	switch {
	case k.table != nil && isInts:
		table := make([]int32, len(k.table))
		for i, v := range k.table {
			table[i] = d.code(v)
		}
		for i := range out {
			if n := ints.Value(i); ints.IsValid(i) && n >= 0 && n < int64(len(table)) {
				out[i] = table[n]
			}
		}
	case k.table == nil && k.bins == nil && isStrings:
		last, code := "", int32(-1) // rows of a text are often together
		for i := range out {
			if !strings.IsValid(i) {
				continue
			}
			if s := strings.Value(i); code < 0 || s != last {
				last, code = s, d.ofString(s)
			}
			out[i] = code
		}
	case k.table == nil && k.bins == nil && isInts:
		for i := range out {
			if ints.IsValid(i) {
				n := ints.Value(i)
				code, ok := d.others[n]
				if !ok {
					code = d.ofOther(n, n)
				}
				out[i] = code
			}
		}
	default:
		for i := range out {
			v := c.Value(i)
			if k.bins != nil {
				v = binOf(k.bins, v)
			}
			out[i] = d.code(v)
		}
	}
	return out
}

// ranks are the places of codes in the order of their values, that of no value last.
func (d *dictionary) ranks(desc bool) []int32 {
	codes := make([]int32, 0, len(d.values))
	for i := range d.values[1:] {
		codes = append(codes, int32(i)+1) //nolint:gosec // far fewer than 2³¹ values
	}
	slices.SortFunc(codes, func(a, b int32) int {
		if desc {
			a, b = b, a
		}
		return compare(d.values[a], d.values[b])
	})
	out := make([]int32, len(d.values))
	for rank, code := range codes {
		out[code] = int32(rank) //nolint:gosec // far fewer than 2³¹ values
	}
	out[0] = math.MaxInt32
	return out
}
