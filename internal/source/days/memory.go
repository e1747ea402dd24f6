package days

import (
	"container/list"
	"context"
	"sync"
)

const (
	// entryOverhead is what an entry takes besides its values: its key, its place in the list, its columns.
	entryOverhead = 1 << 10
	// mostSpans bounds the entries of one shape: all of them are looked at when it is asked for.
	mostSpans = 256
)

// Memory keeps entries in memory, up to a number of bytes; what was used longest ago makes room.
type Memory struct {
	mu     sync.Mutex
	stats  Stats
	shapes map[Shape]map[Span]*list.Element
	used   *list.List // the last one used first
	usage  map[string]*Usage
}

type kept struct {
	key   Key
	entry Entry
	bytes int64
}

// NewMemory returns an empty store of so many bytes.
func NewMemory(budget int64) *Memory {
	return &Memory{stats: Stats{Budget: budget}, shapes: make(map[Shape]map[Span]*list.Element), used: list.New(), usage: make(map[string]*Usage)}
}

// Spans returns of which spans there are entries of a shape.
func (m *Memory) Spans(_ context.Context, of Shape) []Span {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Span, 0, len(m.shapes[of]))
	for s := range m.shapes[of] {
		out = append(out, s)
	}
	return out
}

// Get returns an entry.
func (m *Memory) Get(_ context.Context, key Key) (Entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.shapes[key.Shape][key.Span]
	if !ok {
		m.stats.Misses++
		return Entry{}, false
	}
	m.stats.Hits++
	m.used.MoveToFront(e)
	return e.Value.(*kept).entry, true
}

// Put keeps an entry in place of the one before. One that would take more than an eighth of the room is not kept.
func (m *Memory) Put(_ context.Context, key Key, entry Entry) {
	k := &kept{key: key, entry: entry, bytes: entry.Frame.CodedBytes() + entryOverhead}
	m.mu.Lock()
	defer m.mu.Unlock()
	if k.bytes > m.stats.Budget/8 {
		return
	}
	if before, ok := m.shapes[key.Shape][key.Span]; ok {
		m.drop(before)
	}
	spans := m.shapes[key.Shape]
	if spans == nil {
		spans = make(map[Span]*list.Element)
		m.shapes[key.Shape] = spans
	}
	if len(spans) >= mostSpans {
		for _, e := range spans {
			m.evict(e)
		}
		m.shapes[key.Shape] = spans
	}
	m.count(k, 1)
	spans[key.Span] = m.used.PushFront(k)
	for m.stats.Bytes > m.stats.Budget {
		m.evict(m.used.Back())
	}
}

// evict lets an entry go that has to make room.
func (m *Memory) evict(e *list.Element) {
	m.stats.Evicted++
	m.usage[e.Value.(*kept).entry.Dataset].Evicted++
	m.drop(e)
}

// count counts an entry that comes, or one that goes.
func (m *Memory) count(k *kept, n int) {
	u := m.usage[k.entry.Dataset]
	if u == nil {
		u = new(Usage)
		m.usage[k.entry.Dataset] = u
	}
	m.stats.Entries += n
	m.stats.Bytes += int64(n) * k.bytes
	u.Entries += n
	u.Bytes += int64(n) * k.bytes
}

func (m *Memory) drop(e *list.Element) {
	k := e.Value.(*kept)
	m.used.Remove(e)
	delete(m.shapes[k.key.Shape], k.key.Span)
	if len(m.shapes[k.key.Shape]) == 0 {
		delete(m.shapes, k.key.Shape)
	}
	m.count(k, -1)
}

// Stats returns what there is, and what it was good for.
func (m *Memory) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// Usage returns what there is by dataset.
func (m *Memory) Usage() map[string]Usage {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string]Usage, len(m.usage))
	for dataset, u := range m.usage {
		out[dataset] = *u
	}
	return out
}

// Purge forgets what was computed of a dataset, all where it is "", and returns how many entries that were. It does not fail.
func (m *Memory) Purge(_ context.Context, dataset string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for e := m.used.Front(); e != nil; {
		next := e.Next()
		if dataset == "" || e.Value.(*kept).entry.Dataset == dataset {
			m.drop(e)
			n++
		}
		e = next
	}
	return n, nil
}
