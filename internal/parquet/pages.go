package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// The fields of a page's head, and the kinds of pages that hold values.
const (
	pageKind, pageUnpacked, pagePacked, pageData, pageDictionary, pageDataV2 = 1, 2, 3, 5, 7, 8

	pageValues, levelsDefinition, levelsRepetition = 1, 5, 6

	dataPage, dictionaryPage, dataPageV2 = 0, 2, 3
)

const (
	windowBytes = 16 << 10
	headMost    = 1 << 20
)

// CheckPages goes over the heads of a column chunk's pages, which stand at their places in r, and returns how many bytes they unpack to. It
// checks what a reader would otherwise take their word for: that they lie in the chunk, hold its values, and unpack within the limits.
func (f *File) CheckPages(ctx context.Context, r io.ReaderAt, c Chunk, l Limits) (unpacked int64, err error) {
	l = l.orDefaults()
	heads := window{from: r, end: c.To}
	var values int64
	first := true
	for at, n := c.From, 0; at < c.To; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		p, size, err := heads.page(at)
		if err != nil {
			return 0, fmt.Errorf("the head of a page cannot be read: %w", err)
		}
		if err := p.check(f.Columns[c.column], &c, c.To-at-int64(size), first, l); err != nil {
			return 0, err
		}
		at += int64(size) + p.packed
		unpacked += p.unpacked
		first = false
		if p.kind != dictionaryPage {
			values += p.values
		}
	}
	if values != c.Values {
		return 0, fmt.Errorf("a column has %d values, its pages %d", c.Values, values)
	}
	return unpacked, nil
}

// page is the head of a page.
type page struct {
	kind, packed, unpacked int64
	// values, and the bytes of levels that are never compressed.
	values, levels int64
}

func (p *page) check(column Column, c *Chunk, room int64, first bool, l Limits) error {
	switch {
	case p.packed < 0 || p.packed > room || p.unpacked < 0:
		return fmt.Errorf("a page of %d bytes, %d when unpacked, has room for %d", p.packed, p.unpacked, room)
	case p.values < 0:
		return fmt.Errorf("a page has %d values", p.values)
	case p.levels < 0 || p.levels > min(p.packed, p.unpacked):
		return fmt.Errorf("the levels of a page take %d of its %d bytes", p.levels, p.packed)
	case c.codec == uncompressed && p.packed != p.unpacked:
		return errors.New("a page that is not compressed has two sizes")
	case p.unpacked > l.Page:
		return beyond("the bytes of a page", p.unpacked, l.Page)
	case p.unpacked > l.RatioFrom && p.unpacked/l.Ratio >= p.packed:
		return beyond("how many times its bytes a page unpacks to", p.unpacked/max(1, p.packed), l.Ratio)
	}
	switch p.kind {
	case dataPage, dataPageV2:
	case dictionaryPage:
		if !first || column.Type == Boolean {
			return errors.New("a dictionary is not where one may be")
		}
		each := column.width()
		if each == 0 {
			each = 4 // the length of a text
		}
		if p.values > p.unpacked/each {
			return fmt.Errorf("a dictionary of %d bytes cannot have %d values", p.unpacked, p.values)
		}
	default:
		return fmt.Errorf("there is no page of kind %d", p.kind)
	}
	return nil
}

// readPage reads the head of a page that data begins with.
func readPage(data []byte) (p page, size int, err error) {
	p = page{kind: -1, packed: -1, unpacked: -1}
	// What each description says of its values, -1 where there is none: only that of the page's own kind counts.
	plain, dictionary, v2, levels := int64(-1), int64(-1), int64(-1), int64(0)
	size, err = eachField(data, func(v value) {
		v.into(pageKind, kindI32, &p.kind)
		v.into(pageUnpacked, kindI32, &p.unpacked)
		v.into(pagePacked, kindI32, &p.packed)
		if v.kind != kindStruct {
			return
		}
		_, _ = eachField(v.raw, func(in value) { // it was gone over already
			switch v.id {
			case pageData:
				in.into(pageValues, kindI32, &plain)
			case pageDictionary:
				in.into(pageValues, kindI32, &dictionary)
			case pageDataV2:
				in.into(pageValues, kindI32, &v2)
				if in.is(levelsDefinition, kindI32) || in.is(levelsRepetition, kindI32) {
					if in.num < 0 {
						levels = math.MinInt32 * 2 // no other number makes up for it
					}
					levels += in.num
				}
			}
		})
	})
	switch p.kind {
	case dataPage:
		p.values = plain
	case dictionaryPage:
		p.values = dictionary
	case dataPageV2:
		p.values, p.levels = v2, levels
	}
	return p, size, err
}

// window reads heads, several at once where they are close together.
type window struct {
	from io.ReaderAt
	end  int64
	at   int64
	buf  []byte
	data []byte
}

func (w *window) page(at int64) (page, int, error) {
	if off := at - w.at; len(w.data) > 0 && off >= 0 && off < int64(len(w.data)) {
		if p, size, err := readPage(w.data[off:]); err == nil {
			return p, size, nil
		}
	}
	for n := int64(windowBytes); ; n *= 8 {
		if n = min(n, w.end-at, headMost); n > int64(len(w.buf)) {
			w.buf = make([]byte, n)
		}
		w.at, w.data = at, w.buf[:n]
		if got, err := w.from.ReadAt(w.data, at); err != nil && int64(got) < n {
			return page{}, 0, err
		}
		p, size, err := readPage(w.data)
		if err == nil || !errors.Is(err, errShort) || n == min(w.end-at, headMost) {
			return p, size, err
		}
	}
}
