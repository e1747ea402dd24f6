package object

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// brought is what of a query's objects is on the disk, until it is released.
type brought struct {
	sets    []source.FileSet
	fetched int64             // bytes that were not there before
	keys    map[string]string // objects by the folder of their copies
	release func()
}

// piece is one object's copy. Objects of equal layout make one set.
type piece struct {
	set    source.FileSet
	layout string
}

// bring reads what q needs of objects that is not in the cache yet.
func (s *Source) bring(ctx context.Context, q *query.Query, objects []minio.ObjectInfo) (*brought, error) {
	out := &brought{keys: make(map[string]string, len(objects))}
	entries := make([]*entry, len(objects))
	for i := range objects {
		entries[i] = s.cache.use(objects[i].Key, objects[i].ETag)
		out.keys[entries[i].dir] = objects[i].Key
	}
	out.release = func() { s.cache.release(entries) }
	b := &budget{cfg: &s.cfg, bytes: s.cfg.MaxBytes}
	if q.MaxReadBytes > 0 {
		b.bytes = min(b.bytes, q.MaxReadBytes)
	}
	pieces := make([]piece, len(objects))
	err := s.each(ctx, len(objects), func(ctx context.Context, i int) (err error) {
		e := entries[i]
		select {
		case e.busy <- struct{}{}:
		case <-ctx.Done():
			return classify(ctx, ctx.Err())
		}
		defer func() { <-e.busy }()
		pieces[i], err = s.bringOne(ctx, q, e, &objects[i], b)
		if errors.Is(err, syscall.ENOSPC) && s.cache.drop() {
			pieces[i], err = s.bringOne(ctx, q, e, &objects[i], b)
		}
		return err
	})
	if err != nil {
		out.release()
		return nil, err
	}
	out.sets, out.fetched = setsOf(pieces), b.fetched.Load()
	return out, nil
}

func (s *Source) bringOne(ctx context.Context, q *query.Query, e *entry, o *minio.ObjectInfo, b *budget) (piece, error) {
	if e.refused != nil {
		return piece{}, e.refused
	}
	if q.Relation.Format == parquetFormat {
		return s.bringParquet(ctx, q, e, o, b)
	}
	return s.bringText(ctx, q.Relation.Format, e, o, b)
}

// setsOf puts the copies that are laid out alike together.
func setsOf(pieces []piece) []source.FileSet {
	var out []source.FileSet
	at := make(map[string]int)
	for _, p := range pieces {
		if len(p.set.Paths) == 0 {
			continue // no row group of the range
		}
		i, ok := at[p.layout]
		if !ok {
			at[p.layout] = len(out)
			out = append(out, p.set)
			continue
		}
		out[i].Paths = append(out[i].Paths, p.set.Paths...)
	}
	return out
}

// budget counts what one query needs, cached or not, against its bounds.
type budget struct {
	cfg                         *Config
	bytes                       int64
	fetched                     atomic.Int64
	spent, unpacked, rowsToScan atomic.Int64
	footers                     atomic.Int64
}

func (b *budget) spend(n int64) error { return within(&b.spent, n, b.bytes, "bytes") }

func (b *budget) unpack(n int64) error {
	return within(&b.unpacked, n, b.cfg.MaxUnpacked, "bytes when unpacked")
}

func (b *budget) describe(n int64) error {
	return within(&b.footers, n, b.cfg.FooterBytes, "bytes of footers")
}

func (b *budget) scan(rows int64) error { return within(&b.rowsToScan, rows, b.cfg.MaxRows, "rows") }

func within(count *atomic.Int64, n, most int64, what string) error {
	if count.Add(n) > most {
		return fault.New(fault.Permanent, "source_limit", "the range needs more "+what+" than one query may read", fmt.Errorf("object: more than %d %s", most, what))
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
