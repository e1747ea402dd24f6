package object

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// brought is what of a query's objects is on the disk, until it is released.
type brought struct {
	paths   []string
	fetched int64 // bytes that were not there before
	release func()
}

// parquetFormat is the format that is read by column.
const parquetFormat = "parquet"

// bring reads what q needs of objects that is not in the cache yet.
func (s *Source) bring(ctx context.Context, q *query.Query, objects []minio.ObjectInfo) (*brought, error) {
	out := &brought{}
	entries := make([]*entry, len(objects))
	for i := range objects {
		entries[i] = s.cache.use(objects[i].Key, objects[i].ETag)
	}
	out.release = func() { s.cache.release(entries) }
	var total, fetched atomic.Int64
	most := s.cfg.MaxBytes
	if q.MaxReadBytes > 0 {
		most = min(most, q.MaxReadBytes)
	}
	paths := make([][]string, len(objects))
	err := s.each(ctx, len(objects), func(ctx context.Context, i int) error {
		o, e := &objects[i], entries[i]
		select {
		case e.busy <- struct{}{}:
		case <-ctx.Done():
			return classify(ctx, ctx.Err())
		}
		defer func() { <-e.busy }()
		b := budget{total: &total, most: most, fetched: &fetched}
		var err error
		if q.Relation.Format == parquetFormat && o.Size > s.cfg.WholeBelow {
			paths[i], err = s.bringParts(ctx, q, e, o, b)
		} else {
			paths[i], err = s.bringWhole(ctx, e, o, b)
		}
		return err
	})
	if err != nil {
		out.release()
		return nil, err
	}
	out.paths, out.fetched = slices.Concat(paths...), fetched.Load()
	return out, nil
}

// budget counts what one query needs, cached or not, against its bound.
type budget struct {
	total, fetched *atomic.Int64
	most           int64
}

func (b budget) spend(n int64) error {
	if b.total.Add(n) > b.most {
		return fault.New(fault.Permanent, "source_limit", "the range needs more bytes than one query may read", fmt.Errorf("object: more than %d bytes", b.most))
	}
	return nil
}

// each runs f for 0 … n-1, as many at a time as reads may be under way, and returns the first error.
func (s *Source) each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, s.cfg.Parallel) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		if cause, ok := errors.AsType[*fault.Error](context.Cause(ctx)); ok {
			return cause
		}
		return classify(ctx, ctx.Err())
	}
	return nil
}

// bringWhole reads an object as it is.
func (s *Source) bringWhole(ctx context.Context, e *entry, o *minio.ObjectInfo, b budget) ([]string, error) {
	if err := b.spend(o.Size); err != nil {
		return nil, err
	}
	path := filepath.Join(e.dir, "whole"+ending(o.Key))
	if e.whole {
		return []string{path}, nil
	}
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, fmt.Errorf("object: cache: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("object: cache: %w", err)
	}
	err = s.readInto(ctx, o, span{0, o.Size}, f)
	if closing := f.Close(); err == nil && closing != nil {
		err = fmt.Errorf("object: cache: %w", closing)
	}
	if err != nil {
		return nil, err
	}
	e.whole = true
	b.fetched.Add(o.Size)
	s.cache.grew(e, o.Size)
	return []string{path}, nil
}

// ending returns what a reader knows a file's format and compression by.
func ending(key string) string {
	base := key[strings.LastIndexByte(key, '/')+1:]
	if i := strings.IndexByte(base, '.'); i >= 0 && len(base)-i <= 20 && !strings.ContainsAny(base[i:], "\"'*?[]{}") {
		return strings.ToLower(base[i:])
	}
	return ""
}

// bringParts reads the columns and row groups of a Parquet object that q needs.
func (s *Source) bringParts(ctx context.Context, q *query.Query, e *entry, o *minio.ObjectInfo, b budget) ([]string, error) {
	if e.whole {
		return s.bringWhole(ctx, e, o, b)
	}
	if e.meta == nil {
		if err := s.readFooter(ctx, e, o); err != nil {
			return nil, err
		}
		b.fetched.Add(min(o.Size, footerTail))
	}
	w := want(e.meta, q)
	var paths []string
	for _, g := range w.groups {
		ok, err := s.bringGroup(ctx, e, o, g, w.columns, b)
		if err != nil {
			return nil, err
		}
		if !ok {
			return s.bringWhole(ctx, e, o, b)
		}
		paths = append(paths, e.groupFile(g))
	}
	return paths, nil
}

// bringGroup reads columns of one row group; false where the object has to be read whole.
func (s *Source) bringGroup(ctx context.Context, e *entry, o *minio.ObjectInfo, group int, columns []int, b budget) (ok bool, err error) {
	var missing []int
	var spans []span
	for _, c := range columns {
		parts, ok := spansOf(e.meta, group, c, o.Size)
		if !ok {
			return false, nil
		}
		for _, p := range parts {
			if err := b.spend(p.to - p.from); err != nil {
				return false, err
			}
		}
		if !e.groups[group][c] {
			missing = append(missing, c)
			spans = append(spans, parts...)
		}
	}
	if len(missing) == 0 && e.groups[group] != nil {
		return true, nil
	}
	f, n, err := makeGroupFile(ctx, e, o, group)
	if err != nil {
		return false, err
	}
	for _, p := range joined(spans) {
		if err = s.readInto(ctx, o, p, f); err != nil {
			break
		}
		n += p.to - p.from
		b.fetched.Add(p.to - p.from)
	}
	s.cache.grew(e, n)
	if closing := f.Close(); err == nil && closing != nil {
		err = fmt.Errorf("object: cache: %w", closing)
	}
	if err != nil {
		return false, err
	}
	for _, c := range missing {
		e.groups[group][c] = true
	}
	return true, nil
}

// joined makes one read of parts that touch, or nearly do.
func joined(spans []span) []span {
	const gap = 16 << 10
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out []span
	for _, p := range spans {
		if n := len(out); n > 0 && p.from <= out[n-1].to+gap {
			out[n-1].to = max(out[n-1].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}

// readAll reads a part of an object into memory.
func (s *Source) readAll(ctx context.Context, o *minio.ObjectInfo, p span) ([]byte, error) {
	var out []byte
	err := s.read(ctx, o, p, func(body io.Reader) (err error) {
		out, err = io.ReadAll(io.LimitReader(body, p.to-p.from))
		return err
	})
	if err == nil && int64(len(out)) != p.to-p.from {
		return nil, unavailable(fmt.Errorf("object: %s ended after %d of %d bytes", o.Key, len(out), p.to-p.from))
	}
	return out, err
}

// readInto reads a part of an object to the same place of a file.
func (s *Source) readInto(ctx context.Context, o *minio.ObjectInfo, p span, f *os.File) error {
	return s.read(ctx, o, p, func(body io.Reader) error {
		n, err := io.Copy(io.NewOffsetWriter(f, p.from), io.LimitReader(body, p.to-p.from))
		if err == nil && n != p.to-p.from {
			return unavailable(fmt.Errorf("object: %s ended after %d of %d bytes", o.Key, n, p.to-p.from))
		}
		return err
	})
}

// read asks for a part of this very version of an object.
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
	body, _, _, err := core.GetObject(ctx, s.cfg.Bucket, o.Key, opts)
	if err != nil {
		return classify(ctx, fmt.Errorf("object: read %s: %w", o.Key, err))
	}
	err = take(body)
	_ = body.Close() // all that was wanted has been read, or reading has failed
	if _, ok := errors.AsType[*fault.Error](err); err != nil && !ok {
		return classify(ctx, fmt.Errorf("object: read %s: %w", o.Key, err))
	}
	return err
}
