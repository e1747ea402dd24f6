package text

import (
	"bytes"
	"context"
	"io"
)

// scanner goes over a text as it passes.
type scanner interface {
	// scan takes the next bytes.
	scan(b []byte) error
	// end says that there are no more.
	end() (Layout, error)
}

const chunkBytes = 64 << 10

// Copy unpacks and checks a text from src, and writes it to dst. spend is told of the bytes before they are written, and may refuse them. What has
// been written when it fails is of no use.
func Copy(ctx context.Context, dst io.Writer, src io.Reader, format string, packing Packing, l Limits, spend func(n int64) error) (layout Layout, written int64, err error) {
	l = l.orDefaults()
	from, err := unpack(src, packing, l)
	if err != nil {
		return Layout{}, 0, err
	}
	defer from.close()
	var scan scanner
	switch format {
	case CSV:
		scan = newCSV(l)
	case JSON:
		scan = newJSON(l)
	default:
		return Layout{}, 0, wrong("there is no format %q", format)
	}
	buf := make([]byte, chunkBytes)
	var chars runes
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return Layout{}, written, ctx.Err()
		}
		n, ended, err := from.fill(buf)
		if err != nil {
			return Layout{}, written, err
		}
		b := buf[:n]
		if first {
			b = bytes.TrimPrefix(b, []byte("\uFEFF"))
			if err := known(b, format); err != nil {
				return Layout{}, written, err
			}
		}
		if err := chars.check(b, ended); err != nil {
			return Layout{}, written, err
		}
		if err := scan.scan(b); err != nil {
			return Layout{}, written, err
		}
		if err := spend(int64(len(b))); err != nil {
			return Layout{}, written, err
		}
		m, err := dst.Write(b)
		written += int64(m)
		if err != nil {
			return Layout{}, written, err
		}
		if ended {
			layout, err = scan.end()
			return layout, written, err
		}
	}
}
