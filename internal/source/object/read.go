package object

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// readAll reads a part of an object into memory.
func (s *Source) readAll(ctx context.Context, o *minio.ObjectInfo, p span) ([]byte, error) {
	var out []byte
	err := s.read(ctx, o, p, func(body io.Reader) (err error) {
		out, err = io.ReadAll(&counted{from: body, left: p.to - p.from})
		return err
	})
	return out, err
}

// readInto reads a part of an object to the same place of a file.
func (s *Source) readInto(ctx context.Context, o *minio.ObjectInfo, p span, f *os.File) error {
	return s.read(ctx, o, p, func(body io.Reader) error {
		_, err := io.Copy(io.NewOffsetWriter(f, p.from), &counted{from: body, left: p.to - p.from})
		if _, ok := errors.AsType[*os.PathError](err); ok {
			return cacheFailed(err)
		}
		return err
	})
}

// read asks for a part of this very version of an object, and hands it on only if the answer is that.
func (s *Source) read(ctx context.Context, o *minio.ObjectInfo, p span, take func(body io.Reader) error) error {
	select {
	case s.reads <- struct{}{}:
	case <-ctx.Done():
		return classify(ctx, ctx.Err())
	}
	defer func() { <-s.reads }()
	var opts minio.GetObjectOptions
	if err := opts.SetRange(p.from, p.to-1); err != nil {
		return fmt.Errorf("object: range of %s: %w", o.Key, err)
	}
	if err := opts.SetMatchETag(o.ETag); err != nil {
		return fmt.Errorf("object: etag of %s: %w", o.Key, err)
	}
	core := minio.Core{Client: s.client}
	body, info, header, err := core.GetObject(ctx, s.cfg.Bucket, o.Key, opts)
	if err != nil {
		if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
			return changed(fmt.Errorf("object: read %s: %w", o.Key, err)) // it was listed
		}
		return classify(ctx, fmt.Errorf("object: read %s: %w", o.Key, err))
	}
	defer func() { _ = body.Close() }() // all that was wanted has been read, or reading has failed
	if strings.Trim(info.ETag, `"`) != strings.Trim(o.ETag, `"`) {
		return changed(fmt.Errorf("object: %s is another version than was listed", o.Key))
	}
	// A server, or a proxy before it, that does not know ranges begins at the start.
	if want, got := fmt.Sprintf("bytes %d-%d/%d", p.from, p.to-1, o.Size), header.Get("Content-Range"); got != want && (got != "" || p.from != 0 || info.Size != o.Size) {
		return unavailable(fmt.Errorf("object: %s: the answer is range %q, not %q", o.Key, got, want))
	}
	err = take(body)
	if _, ok := errors.AsType[*fault.Error](err); err != nil && !ok {
		return classify(ctx, fmt.Errorf("object: read %s: %w", o.Key, err))
	}
	return err
}
