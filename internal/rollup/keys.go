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
	pairs   []pairs   // of each column but the first: what stands before and its code
	numbers []int32   // the group by the last number, -1 where there is none
	codes   [][]int32 // of each column: the code by group
	groups  int
	rows    int // that have come
}

func newKeys(columns int) *keys {
	return &keys{columns: make([]dictionary, columns), codes: make([][]int32, columns), pairs: make([]pairs, max(0, columns-1))}
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
	k.rows += rows
	copy(out, codes[0])
	numbers := len(k.columns[0].values)
	for i := range k.pairs {
		numbers = k.pairs[i].number(out, codes[i+1], numbers, len(k.columns[i+1].values), k.rows)
	}
	k.numbers = slices.Grow(k.numbers, numbers-len(k.numbers))
	for len(k.numbers) < numbers {
		k.numbers = append(k.numbers, -1)
	}
	for i := range k.codes {
		k.codes[i] = slices.Grow(k.codes[i], min(numbers-k.groups, rows)) // each new group has a number that is new, too
	}
	for row, n := range out {
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

// release gives back what only further rows would need.
func (k *keys) release() {
	for i := range k.pairs {
		k.pairs[i].release()
	}
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
	values  []any            // by code
	strings map[string]int32 // made when it is first asked
	others  map[int64]int32
	small   []int32 // the codes of whole numbers near zero, by their places; 0 where there is none
}

func (d *dictionary) code(v any) int32 {
	switch v := v.(type) {
	case string:
		return d.ofString(v)
	case int64:
		return d.ofInt(v)
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
	if d.strings == nil {
		d.strings = make(map[string]int32, len(d.values))
		for code, v := range d.values[1:] {
			d.strings[v.(string)] = int32(code) + 1 //nolint:gosec // far fewer than 2³¹ values
		}
	}
	code, ok := d.strings[s]
	if !ok {
		code = d.next(s)
		d.strings[s] = code
	}
	return code
}

// mostSmall bounds the places of small whole numbers.
const mostSmall = 1 << 13

func (d *dictionary) ofInt(n int64) int32 {
	place := uint64(n<<1 ^ n>>63) //nolint:gosec // 0, -1, 1, -2 and so on
	if place >= mostSmall {
		return d.ofOther(n, n)
	}
	if place >= uint64(len(d.small)) {
		d.small = append(d.small, make([]int32, max(int(place)+1, 2*len(d.small))-len(d.small))...) //nolint:gosec // less than mostSmall
	}
	if d.small[place] == 0 {
		d.small[place] = d.next(n)
	}
	return d.small[place]
}

func (d *dictionary) ofOther(bits int64, v any) int32 {
	if d.others == nil {
		d.others = make(map[int64]int32)
	}
	code, ok := d.others[bits]
	if !ok {
		code = d.next(v)
		d.others[bits] = code
	}
	return code
}

// next gives a value a code.
func (d *dictionary) next(v any) int32 {
	d.values = append(d.values, v)
	return int32(len(d.values)) - 1 //nolint:gosec // far fewer than 2³¹ values
}

// ofTexts returns the codes of texts. The first ones of all are not looked up.
func (d *dictionary) ofTexts(texts *frame.Codes) []int32 {
	table := make([]int32, len(texts.Texts))
	first := len(d.values) == 1
	for i, s := range texts.Texts {
		if first {
			table[i] = d.next(s)
		} else {
			table[i] = d.ofString(s)
		}
	}
	out := make([]int32, len(texts.Rows))
	for row, n := range texts.Rows {
		if n >= 0 {
			out[row] = table[n]
		}
	}
	return out
}

// ofRows returns the codes of the keys that rows have by a mapping.
func (d *dictionary) ofRows(k *mapping, c frame.Column, rows int) []int32 {
	if d.values == nil {
		d.values = []any{nil}
	}
	plain := k.column != "" && k.table == nil && k.bins == nil
	if plain {
		if texts := c.Codes(); texts != nil {
			return d.ofTexts(texts)
		}
	}
	out := make([]int32, rows)
	if k.column == "" {
		code := d.code(k.key)
		for i := range out {
			out[i] = code
		}
		return out
	}
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
	case plain && isInts:
		for i := range out {
			if ints.IsValid(i) {
				out[i] = d.ofInt(ints.Value(i))
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
