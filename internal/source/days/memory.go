package days

import (
	"container/list"
	"context"
	"sync"
)

// entryOverhead is what an entry takes besides its values: its key, its place in the list, its columns.
const entryOverhead = 1 << 10

// Memory keeps entries in memory, up to a number of bytes; what was used longest ago makes room.
type Memory struct {
	limit int64

	mu      sync.Mutex
	bytes   int64
	entries map[Key]*list.Element
	used    *list.List // the last one used first
}

type kept struct {
	key   Key
	entry Entry
	bytes int64
}

// NewMemory returns an empty store of so many bytes.
func NewMemory(limit int64) *Memory {
	return &Memory{limit: limit, entries: make(map[Key]*list.Element), used: list.New()}
}

// Get returns an entry.
func (m *Memory) Get(_ context.Context, key Key) (Entry, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok {
		return Entry{}, false
	}
	m.used.MoveToFront(e)
	return e.Value.(*kept).entry, true
}

// Put keeps an entry in place of the one before. One that would take more than an eighth of the room is not kept.
func (m *Memory) Put(_ context.Context, key Key, entry Entry) {
	k := &kept{key: key, entry: entry, bytes: entry.Frame.Bytes() + entryOverhead}
	if k.bytes > m.limit/8 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if before, ok := m.entries[key]; ok {
		m.drop(before)
	}
	m.bytes += k.bytes
	m.entries[key] = m.used.PushFront(k)
	for m.bytes > m.limit {
		m.drop(m.used.Back())
	}
}

func (m *Memory) drop(e *list.Element) {
	k := e.Value.(*kept)
	m.used.Remove(e)
	delete(m.entries, k.key)
	m.bytes -= k.bytes
}

// Size returns how many entries there are, and how many bytes they take.
func (m *Memory) Size() (entries int, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries), m.bytes
}
