package parquet

import (
	"errors"
	"fmt"
)

// Chunk is one column of one row group.
type Chunk struct {
	// From and To are where its pages are.
	From, To int64
	// Values is how many it has, nulls included. Unpacked is how many bytes the file says that its pages unpack to.
	Values, Unpacked int64
	// Min and Max are the bounds that the file states, in the type's plain encoding; nil where it states none.
	Min, Max []byte

	column int
	codec  int64
}

// uncompressed is the codec of pages that are stored as they are; codecMost is the last one that the format knows.
const (
	uncompressed = 0
	codecMost    = 7
)

// addGroup takes the row group that stands at the end of out, and returns how many bytes its columns take.
func (f *File) addGroup(out []byte, from int, l Limits) (stored int64, err error) {
	rows, columns := int64(-1), -1
	if _, err = eachField(out[from:], func(v value) {
		v.into(groupRows, kindI64, &rows)
		if v.is(groupColumns, kindList) {
			columns = from + v.at
		}
	}); err != nil {
		return 0, err
	}
	switch {
	case rows < 0 || columns < 0:
		return 0, errors.New("a row group does not say how many rows it has, or has no columns")
	case rows > l.Rows:
		return 0, beyond("the rows of a row group", rows, l.Rows)
	}
	list := reader{data: out, at: columns}
	if _, n, err := list.list(); err != nil || n != len(f.Columns) {
		return 0, fmt.Errorf("a row group has %d columns, its schema %d", n, len(f.Columns))
	}
	at := list.at
	for i := range f.Columns {
		c, size, err := f.readChunk(out[at:], i)
		if err != nil {
			return 0, err
		}
		if err := c.check(f, rows); err != nil {
			return 0, err
		}
		f.chunks = append(f.chunks, uint32(at))
		stored += c.To - c.From
		at += size
	}
	f.Rows = append(f.Rows, rows)
	f.ends = append(f.ends, uint32(len(out)))
	return stored, nil
}

// Chunk returns a column of a row group.
func (f *File) Chunk(group, column int) Chunk {
	c, _, _ := f.readChunk(f.groups[f.chunks[group*len(f.Columns)+column]:], column) // it was read before
	return c
}

// readChunk reads the column chunk that data begins with.
func (f *File) readChunk(data []byte, column int) (c Chunk, size int, err error) {
	c.column = column
	kind, packed, first, dictionary := int64(-1), int64(-1), int64(-1), int64(-1)
	var old [2][]byte
	found := false
	size, err = eachField(data, func(v value) {
		if !v.is(columnMeta, kindStruct) {
			return
		}
		found = true
		_, err = eachField(v.raw, func(v value) {
			v.into(chunkType, kindI32, &kind)
			v.into(chunkCodec, kindI32, &c.codec)
			v.into(chunkValues, kindI64, &c.Values)
			v.into(chunkUnpacked, kindI64, &c.Unpacked)
			v.into(chunkPacked, kindI64, &packed)
			v.into(chunkData, kindI64, &first)
			v.into(chunkDictionary, kindI64, &dictionary)
			if v.is(chunkStatistics, kindStruct) {
				_, _ = eachField(v.raw, func(v value) {
					switch {
					case v.is(statisticMin, kindBinary):
						c.Min = v.raw
					case v.is(statisticMax, kindBinary):
						c.Max = v.raw
					case v.is(oldMin, kindBinary):
						old[0] = v.raw
					case v.is(oldMax, kindBinary):
						old[1] = v.raw
					}
				})
			}
		})
	})
	switch {
	case err != nil:
		return c, 0, err
	case !found:
		return c, 0, errors.New("a column says nothing about itself")
	case kind != int64(f.Columns[column].Type):
		return c, 0, errors.New("a column has another type than in the schema")
	}
	if c.Min == nil {
		c.Min = old[0]
	}
	if c.Max == nil {
		c.Max = old[1]
	}
	c.From = first
	if dictionary > 0 {
		if dictionary >= first {
			return c, 0, errors.New("a dictionary comes after its data")
		}
		c.From = dictionary
	}
	if packed < 0 || c.From < int64(len(Magic)) || packed > f.at-c.From {
		return c, 0, fmt.Errorf("a column takes %d bytes from %d on, and the footer starts at %d", packed, c.From, f.at)
	}
	c.To = c.From + packed
	return c, size, nil
}

// check compares a chunk's numbers with each other and with its row group's.
func (c *Chunk) check(f *File, rows int64) error {
	column := f.Columns[c.column]
	switch {
	case c.codec < uncompressed || c.codec > codecMost:
		return fmt.Errorf("a column is compressed by method %d", c.codec)
	case c.Values < rows || c.Values != rows && !column.Lists:
		return fmt.Errorf("a column has %d values in %d rows", c.Values, rows)
	case c.Unpacked < 0:
		return fmt.Errorf("a column unpacks to %d bytes", c.Unpacked)
	case c.Values > 0 && c.To == c.From:
		return errors.New("a column has values, but no pages")
	}
	if w := column.width(); w > 0 {
		for _, bound := range [][]byte{c.Min, c.Max} {
			if bound != nil && int64(len(bound)) != w {
				return fmt.Errorf("a column's bound has %d bytes, its values have %d", len(bound), w)
			}
		}
	}
	return nil
}
