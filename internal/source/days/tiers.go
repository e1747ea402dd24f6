package days

import (
	"context"
	"slices"
	"sync"
)

// mostUnwritten bounds what waits to be written; what comes while there is more stays in memory alone.
const mostUnwritten = 1024

// Tiers is a memory before a disk. What is written is written after the answer, one file at a time; whole answers, of which the days are there, stay in memory.
type Tiers struct {
	memory *Memory
	disk   *Disk
	write  chan unwritten
	ended  chan struct{}

	mu     sync.RWMutex // against sending after the end
	closed bool
}

type unwritten struct {
	key   Key
	entry Entry
}

// NewTiers has a goroutine write to the disk until Close.
func NewTiers(memory *Memory, disk *Disk) *Tiers {
	t := &Tiers{memory: memory, disk: disk, write: make(chan unwritten, mostUnwritten), ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		for u := range t.write {
			t.disk.Put(context.Background(), u.key, u.entry)
		}
	}()
	return t
}

// Spans returns of which spans there are entries of a shape, in memory or on the disk.
func (t *Tiers) Spans(ctx context.Context, of Shape) []Span {
	out := t.memory.Spans(ctx, of)
	for _, s := range t.disk.Spans(ctx, of) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Get returns an entry from memory, else from the disk, and has it in memory from then on.
func (t *Tiers) Get(ctx context.Context, key Key) (Entry, bool) {
	e, ok := t.memory.Get(ctx, key)
	if ok || key.Span == (Span{}) {
		return e, ok
	}
	if e, ok = t.disk.Get(ctx, key); ok {
		t.memory.Put(ctx, key, e)
	}
	return e, ok
}

// Put keeps an entry in memory, and has it written.
func (t *Tiers) Put(ctx context.Context, key Key, e Entry) {
	t.memory.Put(ctx, key, e)
	if key.Span == (Span{}) {
		return
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.closed {
		return
	}
	select {
	case t.write <- unwritten{key, e}:
	default:
	}
}

// Purge forgets what was computed of a dataset, all where it is "", and returns how many entries that were.
func (t *Tiers) Purge(ctx context.Context, dataset string) (int, error) {
	inMemory, _ := t.memory.Purge(ctx, dataset)
	onDisk, err := t.disk.Purge(ctx, dataset)
	return inMemory + onDisk, err
}

// Close writes what is left to be written.
func (t *Tiers) Close() error {
	t.mu.Lock()
	if !t.closed {
		t.closed = true
		close(t.write)
	}
	t.mu.Unlock()
	<-t.ended
	return nil
}
