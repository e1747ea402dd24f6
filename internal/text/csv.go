package text

import (
	"bytes"
	"slices"
	"strings"
)

// csv goes over lines of fields, the first of them the header. Fields may be quoted; a quote within is doubled. Lines end with a line feed,
// or with a carriage return before it.
type csv struct {
	limits Limits
	head   []byte // the header, until it is whole
	layout Layout

	state  csvState
	marks  [256]bool // what ends a field that is not quoted, or may
	line   int64     // of the text, from 1 on
	fields int       // of this record so far
	size   int64     // of this record so far, with the empty lines before it
	bare   int64     // of this record so far, without them
}

type csvState uint8

const (
	csvHeader csvState = iota
	csvStart           // of a field
	csvBare            // in a field that is not quoted
	csvQuoted          // in one that is
	csvQuote           // after a quote in it: its end, or half of a quote
	csvReturn          // after a carriage return
)

const headMost = 1 << 20

func newCSV(l Limits) *csv { return &csv{limits: l, line: 1} }

func (c *csv) scan(b []byte) error {
	if c.state == csvHeader {
		rest, whole, err := c.header(b)
		if err != nil || !whole {
			return err
		}
		b = rest
	}
	return c.rows(b)
}

// header collects the first line, and learns from it.
func (c *csv) header(b []byte) (rest []byte, whole bool, err error) {
	from := len(c.head)
	c.head = append(c.head, b...)
	quoted := bytes.Count(c.head[:from], []byte{'"'})%2 == 1
	for i := from; i < len(c.head); i++ {
		switch {
		case c.head[i] == '"':
			quoted = !quoted
		case c.head[i] == '\n' && !quoted:
			err := c.learn(c.head[:i])
			c.line, c.state = c.line+1, csvStart
			rest, c.head = c.head[i+1:], nil
			return rest, true, err
		}
		if i > headMost {
			return nil, false, beyond("its header has more bytes", headMost)
		}
	}
	return nil, false, nil
}

// learn takes the delimiter and the columns from the header.
func (c *csv) learn(head []byte) error {
	head = bytes.TrimSuffix(head, []byte{'\r'})
	if len(bytes.TrimSpace(head)) == 0 {
		return wrong("its first line, which must name its columns, is empty")
	}
	const delimiters = ",;\t|"
	var counts [len(delimiters)]int
	quoted := false
	for _, b := range head {
		if b == '"' {
			quoted = !quoted
		}
		if i := strings.IndexByte(delimiters, b); i >= 0 && !quoted {
			counts[i]++
		}
	}
	best := slices.Index(counts[:], slices.Max(counts[:]))
	c.layout.Delimiter = delimiters[best]
	for _, x := range []byte{c.layout.Delimiter, '\n', '\r', '"'} {
		c.marks[x] = true
	}
	if counts[best] >= c.limits.Columns {
		return beyond("it has more columns", c.limits.Columns)
	}
	names, err := split(head, c.layout.Delimiter)
	c.layout.Columns = names
	return err
}

// split returns the fields of a line.
func split(line []byte, delimiter byte) ([]string, error) {
	var out []string
	for {
		var field string
		if len(line) > 0 && line[0] == '"' {
			end := 1
			for ; end < len(line); end++ {
				if line[end] != '"' {
					continue
				}
				if end+1 < len(line) && line[end+1] == '"' {
					end++
					continue
				}
				break
			}
			if end >= len(line) || end+1 < len(line) && line[end+1] != delimiter {
				return nil, wrong("line 1: a quoted field goes on after its quote")
			}
			field, line = strings.ReplaceAll(string(line[1:end]), `""`, `"`), line[end+1:]
		} else {
			end := bytes.IndexByte(line, delimiter)
			if end < 0 {
				end = len(line)
			}
			field, line = string(line[:end]), line[end:]
		}
		out = append(out, field)
		if len(line) == 0 {
			return out, nil
		}
		line = line[1:]
	}
}

// rows goes over the bytes after the header.
func (c *csv) rows(b []byte) error {
	for i := 0; i < len(b); i++ {
		// What decides nothing is gone over at once.
		skip := 0
		switch c.state {
		case csvQuoted:
			if skip = bytes.IndexByte(b[i:], '"'); skip < 0 {
				skip = len(b) - i
			}
			c.line += int64(bytes.Count(b[i:i+skip], []byte{'\n'}))
		case csvStart, csvBare:
			for i+skip < len(b) && !c.marks[b[i+skip]] {
				skip++
			}
			if skip > 0 {
				c.state = csvBare
			}
		case csvQuote, csvReturn, csvHeader:
		}
		c.took(skip)
		if i += skip; i == len(b) {
			break
		}
		c.took(1)
		if err := c.mark(b[i]); err != nil {
			return err
		}
	}
	return c.bounded()
}

func (c *csv) took(n int) {
	c.size += int64(n)
	c.bare += int64(n)
}

func (c *csv) bounded() error {
	if c.size > c.limits.Record {
		return beyond("a row has more bytes", c.limits.Record)
	}
	return nil
}

// mark takes a byte that may end a field.
func (c *csv) mark(x byte) error {
	switch c.state {
	case csvQuoted:
		c.state = csvQuote
		return nil
	case csvReturn:
		if x != '\n' {
			return wrong("line %d: a carriage return stands alone", c.line)
		}
		c.bare-- // an empty line has none
	case csvStart, csvQuote:
		if x == '"' {
			c.state = csvQuoted
			return nil
		}
	case csvBare, csvHeader:
	}
	switch {
	case x == c.layout.Delimiter:
		c.fields++
		c.state = csvStart
	case x == '\n':
		return c.record()
	case x == '\r':
		c.state = csvReturn
	case c.state == csvQuote:
		return wrong("line %d: a quoted field goes on after its quote", c.line)
	default:
		c.state = csvBare
	}
	return nil
}

// record ends a record, one as long as the header, or an empty line.
func (c *csv) record() error {
	if c.bare > 1 && c.fields+1 != len(c.layout.Columns) {
		return wrong("line %d: a row of %d fields, its header has %d", c.line, c.fields+1, len(c.layout.Columns))
	}
	if err := c.bounded(); err != nil {
		return err
	}
	if c.bare > 1 {
		c.size = 0
	}
	c.line++
	c.state, c.fields, c.bare = csvStart, 0, 0
	return nil
}

func (c *csv) end() (Layout, error) {
	switch c.state {
	case csvHeader:
		return c.layout, c.learn(c.head)
	case csvQuoted:
		return Layout{}, wrong("line %d: a quoted field has no end", c.line)
	case csvReturn:
		return Layout{}, wrong("line %d: a carriage return stands alone", c.line)
	case csvStart, csvBare, csvQuote:
	}
	if c.bare == 0 {
		return c.layout, nil
	}
	c.took(1)
	return c.layout, c.record()
}
