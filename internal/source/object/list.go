package object

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// listings remembers listings for a moment: the widgets of a page ask for the same ones. What one look has seen every later one sees, under whatever prefix: what is kept of an answer says of which
// objects it was made, and would else be taken for newer than the objects that were read for a part of it. So a listing answers for all prefixes below its own as well, and ends those that are older.
type listings struct {
	mu       sync.Mutex
	byPrefix map[string]*listing
}

// listing is what was under a prefix at a time. All but busy belongs to the mutex of listings.
type listing struct {
	busy    chan struct{} // held by whoever lists
	at      time.Time     // before it was asked for
	objects []minio.ObjectInfo
}

// under are those of some objects, which are in the order of their keys, that are under a prefix.
func under(objects []minio.ObjectInfo, prefix string) []minio.ObjectInfo {
	from, _ := slices.BinarySearchFunc(objects, prefix, func(o minio.ObjectInfo, prefix string) int { return cmp.Compare(o.Key, prefix) })
	objects = objects[from:]
	return objects[:sort.Search(len(objects), func(i int) bool { return !strings.HasPrefix(objects[i].Key, prefix) })]
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
	l, found := s.lists.of(prefix, s.cfg.Now().Add(-s.cfg.ListFor))
	if found != nil {
		return found.objects, nil
	}
	select {
	case l.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, classify(ctx, ctx.Err())
	}
	defer func() { <-l.busy }()
	for {
		if _, found := s.lists.of(prefix, s.cfg.Now().Add(-s.cfg.ListFor)); found != nil { // whoever was busy has listed it
			return found.objects, nil
		}
		at := s.cfg.Now()
		objects, err := s.ask(ctx, prefix)
		if err != nil {
			return nil, err
		}
		if s.lists.put(prefix, at, objects) {
			return objects, nil
		}
	}
}

// ask lists the objects under a prefix.
func (s *Source) ask(ctx context.Context, prefix string) ([]minio.ObjectInfo, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the listing where it is given up
	found := []minio.ObjectInfo{}
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
	slices.SortFunc(found, func(a, b minio.ObjectInfo) int { return cmp.Compare(a.Key, b.Key) }) // as they come, but for servers of directories
	return found, nil
}

// of returns the newest listing after a time in which all objects under a prefix are; nil where there is none, and then the prefix's own, to be listed.
func (l *listings) of(prefix string, after time.Time) (own *listing, found *listing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range len(prefix) + 1 {
		if x := l.byPrefix[prefix[:n]]; x != nil && x.at.After(after) && (found == nil || x.at.After(found.at)) {
			found = &listing{at: x.at, objects: under(x.objects, prefix)}
		}
	}
	if found != nil {
		return nil, found
	}
	if own = l.byPrefix[prefix]; own == nil {
		l.forget(after)
		if l.byPrefix == nil {
			l.byPrefix = make(map[string]*listing)
		}
		own = &listing{busy: make(chan struct{}, 1)}
		l.byPrefix[prefix] = own
	}
	return own, nil
}

// put keeps what was under a prefix from a time on. False says that something newer is known of a part of it, or of all: it has to be looked for once more.
func (l *listings) put(prefix string, at time.Time, objects []minio.ObjectInfo) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := l.byPrefix[prefix]
	for p, x := range l.byPrefix {
		if x != own && x.at.After(at) && (strings.HasPrefix(p, prefix) || strings.HasPrefix(prefix, p)) {
			return false
		}
	}
	if own == nil { // all were forgotten meanwhile
		return true
	}
	for p, x := range l.byPrefix {
		if x != own && strings.HasPrefix(p, prefix) {
			x.at, x.objects = time.Time{}, nil
		}
	}
	own.at, own.objects = at, objects
	return true
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
