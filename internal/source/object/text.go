package object

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/text"
)

// CSV and JSON are read whole, unpacked and checked as they come, and kept as plain text.

// bringText reads an object of CSV or JSON.
func (s *Source) bringText(ctx context.Context, format string, e *entry, o *minio.ObjectInfo, b *budget) (piece, error) {
	path := filepath.Join(e.dir, "plain."+format)
	if e.text == nil {
		if err := s.fetchText(ctx, path, format, e, o, b); err != nil {
			return piece{}, err
		}
	} else if err := b.unpack(e.unpacked); err != nil {
		return piece{}, err
	}
	set := source.FileSet{Format: format, Paths: []string{path}, Columns: e.text.Columns, Delimiter: e.text.Delimiter, Shape: e.text.Shape}
	return piece{set: set, layout: e.layout}, nil
}

func (s *Source) fetchText(ctx context.Context, path, format string, e *entry, o *minio.ObjectInfo, b *budget) error {
	if err := b.spend(o.Size); err != nil {
		return err
	}
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return cacheFailed(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return cacheFailed(err)
	}
	var layout text.Layout
	var size int64
	err = s.read(ctx, o, span{0, o.Size}, func(body io.Reader) (err error) {
		whole := &counted{from: body, left: o.Size}
		layout, size, err = text.Copy(ctx, f, whole, format, text.PackingOf(o.Key), s.cfg.Text, b.unpack)
		if _, ok := errors.AsType[*text.Error](err); ok {
			return e.refuse(o, err)
		}
		if _, ok := errors.AsType[*os.PathError](err); ok {
			return cacheFailed(err)
		}
		return err
	})
	if closing := f.Close(); err == nil && closing != nil {
		err = cacheFailed(closing)
	}
	if err != nil {
		_ = os.Remove(path) // it is of no use
		return err
	}
	e.text, e.unpacked = &layout, size
	e.layout = strings.Join(append([]string{string(layout.Delimiter), layout.Shape}, layout.Columns...), "\x00")
	b.fetched.Add(o.Size)
	s.cache.grew(e, size)
	return nil
}

// counted reads a body to the end that was announced; one that ends before is not taken for the whole.
type counted struct {
	from io.Reader
	left int64
}

func (c *counted) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.from.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) && c.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if c.left == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}
