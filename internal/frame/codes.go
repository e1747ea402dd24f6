package frame

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Codes are the texts of a column by number. Nobody changes them.
type Codes struct {
	Texts []string // the different ones
	Rows  []int32  // of each row its text's place among them, -1 for a null
}

// memo has the codes of a frame's columns that somebody has asked for.
type memo []atomic.Pointer[Codes]

// mostTexts is how many different texts of so many rows are worth codes.
func mostTexts(rows int) int { return min(rows, 1024+rows/4) }

// none stands in a memo for codes that are not worth it.
//
//nolint:gochecknoglobals // a constant
var none = new(Codes)

// Codes numbers the texts of a column; nil where it has none, or nearly each row another. That is done once for a frame: what is kept is put together with others again and again.
func (c Column) Codes() *Codes {
	texts, ok := c.arr.(*array.String)
	if !ok {
		return nil
	}
	codes := c.codes.Load()
	if codes == nil {
		codes = codesOf(texts)
		c.codes.Store(codes) // what another goroutine has found meanwhile is the same
	}
	if codes == none {
		return nil
	}
	return codes
}

func codesOf(texts *array.String) *Codes {
	out, most := &Codes{Rows: make([]int32, texts.Len())}, mostTexts(texts.Len())
	places := make(map[string]int32)
	last, code := "", int32(-1) // rows of a text are often together
	for i := range out.Rows {
		if texts.IsNull(i) {
			out.Rows[i] = -1
			continue
		}
		if s := texts.Value(i); code < 0 || s != last {
			known, ok := places[s]
			if !ok {
				if len(out.Texts) == most {
					return none
				}
				known = int32(len(out.Texts)) //nolint:gosec // no more than rows
				places[s] = known
				out.Texts = append(out.Texts, s)
			}
			last, code = s, known
		}
		out.Rows[i] = code
	}
	return out
}

// CodedBytes is how much memory the values take with the codes that their texts may come to have.
func (f *Frame) CodedBytes() int64 {
	n := f.Bytes()
	for _, c := range f.rec.Columns() {
		if _, ok := c.(*array.String); ok {
			n += 4*int64(c.Len()) + 16*int64(mostTexts(c.Len()))
		}
	}
	return n
}

// OfCoded is Of; columns of texts are made of their codes, where there are some.
func OfCoded(fields []Field, columns []arrow.Array, codes []*Codes) *Frame {
	own := make([]*Codes, len(codes))
	for i, c := range codes {
		if c != nil {
			columns[i], own[i] = c.column()
		}
	}
	f := Of(fields, columns)
	for i, c := range own {
		switch {
		case c == nil:
		case len(c.Texts) > mostTexts(len(c.Rows)):
			f.memo[i].Store(none)
		default:
			f.memo[i].Store(c)
		}
	}
	return f
}

// column makes the texts of their codes, and codes whose texts are those of the column: they keep nothing else in memory.
func (c *Codes) column() (*array.String, *Codes) {
	var all texts
	for _, code := range c.Rows {
		if code < 0 {
			all.add("", false)
		} else {
			all.add(c.Texts[code], true)
		}
	}
	column, own := all.strings(), &Codes{Texts: make([]string, len(c.Texts)), Rows: c.Rows}
	for row, code := range c.Rows {
		if code >= 0 && own.Texts[code] == "" {
			own.Texts[code] = column.Value(row)
		}
	}
	return column, own
}
