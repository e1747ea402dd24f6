package object

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// listings remembers listings for a moment: the widgets of a page ask for the same ones.
type listings struct {
	mu       sync.Mutex
	byPrefix map[string]*listing
}

type listing struct {
	busy    chan struct{} // held by whoever lists
	at      time.Time
	objects []minio.ObjectInfo
}

// objects returns the objects that q has to read.
func (s *Source) objects(ctx context.Context, q *query.Query) ([]minio.ObjectInfo, error) {
	if len(q.Relation.Files) == 0 {
		return nil, badPattern("", "is missing: a dataset over objects has files")
	}
	byKey := make(map[string]minio.ObjectInfo)
	for _, pattern := range q.Relation.Files {
		sel, err := selectPaths(pattern, q)
		if err != nil {
			return nil, err
		}
		for _, prefix := range sel.prefixes {
			list, err := s.list(ctx, prefix)
			if err != nil {
				return nil, err
			}
			for _, o := range list {
				if sel.wants(o.Key) {
					byKey[o.Key] = o
				}
			}
		}
	}
	if len(byKey) > s.cfg.MaxObjects {
		return nil, fault.New(fault.Permanent, "source_limit", "the range needs more objects than one query may read",
			fmt.Errorf("object: %d objects, more than %d", len(byKey), s.cfg.MaxObjects))
	}
	out := make([]minio.ObjectInfo, 0, len(byKey))
	for _, o := range byKey {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b minio.ObjectInfo) int { return cmp.Compare(a.Key, b.Key) })
	return out, nil
}

// list returns the objects under a prefix, from memory where they were listed a moment ago.
func (s *Source) list(ctx context.Context, prefix string) ([]minio.ObjectInfo, error) {
	s.lists.mu.Lock()
	if s.lists.byPrefix == nil {
		s.lists.byPrefix = make(map[string]*listing)
	}
	l := s.lists.byPrefix[prefix]
	if l == nil {
		s.lists.forget(s.cfg.Now().Add(-s.cfg.ListFor))
		l = &listing{busy: make(chan struct{}, 1)}
		s.lists.byPrefix[prefix] = l
	}
	s.lists.mu.Unlock()
	select {
	case l.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx, ctx.Err())
	}
	defer func() { <-l.busy }()
	if s.cfg.Now().Sub(l.at) < s.cfg.ListFor {
		return l.objects, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing where it is given up
	var found []minio.ObjectInfo
	for o := range s.client.ListObjects(ctx, s.cfg.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return nil, classify(ctx, fmt.Errorf("object: list: %w", o.Err))
		}
		if o.Size == 0 || strings.HasSuffix(o.Key, "/") {
			continue
		}
		if found = append(found, o); len(found) > 10*s.cfg.MaxObjects {
			return nil, fault.New(fault.Permanent, "source_limit", "the prefix holds more objects than may be listed", fmt.Errorf("object: under %s", prefix))
		}
	}
	if ctx.Err() != nil {
		return nil, classify(ctx, ctx.Err())
	}
	l.objects, l.at = found, s.cfg.Now()
	return found, nil
}

// clear forgets all listings.
func (l *listings) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byPrefix = nil
}

// forget drops listings that nobody would believe any more, so that their number stays that of a moment's prefixes.
func (l *listings) forget(before time.Time) {
	for prefix, x := range l.byPrefix {
		select {
		case x.busy <- struct{}{}:
			if x.at.Before(before) {
				delete(l.byPrefix, prefix)
			}
			<-x.busy
		default: // it is being listed
		}
	}
}
