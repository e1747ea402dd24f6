package text

import (
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Packing is how a text is compressed.
type Packing string

// The packings.
const (
	Plain Packing = ""
	Gzip  Packing = "gzip"
	Zstd  Packing = "zstd"
)

// PackingOf returns the packing that a name's ending says.
func PackingOf(name string) Packing {
	switch name = strings.ToLower(name); {
	case strings.HasSuffix(name, ".gz"):
		return Gzip
	case strings.HasSuffix(name, ".zst"):
		return Zstd
	}
	return Plain
}

// packed counts what is read, and remembers why it could not be.
type packed struct {
	from   io.Reader
	n      int64
	failed error
}

func (p *packed) Read(b []byte) (int, error) {
	n, err := p.from.Read(b)
	p.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		p.failed = err
	}
	return n, err
}

// unpacked is what is packed, within limits. An error of what it reads from is passed on; one of the packing is an Error.
type unpacked struct {
	from    *packed
	plain   io.Reader
	packing Packing
	n       int64
	limits  Limits
	close   func()
}

func unpack(from io.Reader, packing Packing, l Limits) (*unpacked, error) {
	u := &unpacked{from: &packed{from: from}, packing: packing, limits: l, close: func() {}}
	u.plain = u.from
	switch packing {
	case Gzip:
		r, err := gzip.NewReader(u.from)
		if err != nil {
			return nil, u.failed(err)
		}
		u.plain = r
	case Zstd:
		r, err := zstd.NewReader(u.from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(l.Window)))
		if err != nil {
			return nil, u.failed(err)
		}
		u.plain, u.close = r, r.Close
	case Plain:
	}
	return u, nil
}

// fill fills b with what was packed. It has ended where b is not full.
func (u *unpacked) fill(b []byte) (n int, ended bool, err error) {
	for n < len(b) && !ended {
		m, err := u.plain.Read(b[n:])
		n += m
		u.n += int64(m)
		switch ended = errors.Is(err, io.EOF); {
		case u.n > u.limits.Unpacked:
			return 0, false, beyond("it has more bytes", u.limits.Unpacked)
		case u.packing != Plain && u.n > u.limits.RatioFrom && u.n/u.limits.Ratio > u.from.n:
			return 0, false, beyond("it unpacks to more times its bytes", u.limits.Ratio)
		case err != nil && !ended:
			return 0, false, u.failed(err)
		}
	}
	return n, ended, nil
}

// failed tells an error of whoever was read from from one of what was read.
func (u *unpacked) failed(err error) error {
	switch {
	case u.from.failed != nil:
		return u.from.failed
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return beyond("unpacking it takes more memory", u.limits.Window)
	}
	return wrong("it cannot be unpacked from %s: %w", u.packing, err)
}
