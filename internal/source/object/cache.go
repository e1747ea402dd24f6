package object

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/parquet"
	"github.com/go-dispatcher/dispatcher/internal/text"
)

// cache keeps what was read of objects on the local disk, by key and ETag, and removes what was used longest ago when it
// is more than allowed. What a running query uses stays.
type cache struct {
	dir string
	// limit bounds what is kept on the disk, footerLimit what footers take in memory.
	limit, footerLimit int64

	mu      sync.Mutex
	entries map[string]*entry
	idle    *list.List // entries that nobody uses, the one that was used last at the end
	size    int64
	footers int64
}

// entry is what is here of one version of an object. What follows busy belongs to whoever holds it.
type entry struct {
	dir  string
	busy chan struct{}

	refused error                 // why this version cannot be read; it is not read again
	layout  string                // the same for objects that are laid out alike
	file    *parquet.File         // Parquet: the footer
	groups  map[int]map[int]int64 // Parquet: row group → columns that are here → bytes that they unpack to
	text    *text.Layout          // CSV and JSON, where they are here
	// unpacked is the size of the text.
	unpacked int64

	// The rest belongs to the cache.
	name string
	refs int
	size int64
	// footer is what its description takes in memory.
	footer int64
	at     *list.Element // where it stands in idle
}

func newCache(dir string, limit, footerLimit int64) *cache {
	return &cache{dir: dir, limit: limit, footerLimit: footerLimit, entries: make(map[string]*entry), idle: list.New()}
}

// use returns the entry of an object's version, which stays until it is released.
func (c *cache) use(key, etag string) *entry {
	sum := sha256.Sum256([]byte(key + "\x00" + etag))
	name := hex.EncodeToString(sum[:16])
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[name]
	if e == nil {
		e = &entry{name: name, dir: filepath.Join(c.dir, name), busy: make(chan struct{}, 1), groups: make(map[int]map[int]int64)}
		c.entries[name] = e
	}
	if e.at != nil {
		c.idle.Remove(e.at)
		e.at = nil
	}
	e.refs++
	return e
}

// grew notes bytes that were added to an entry.
func (c *cache) grew(e *entry, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.size += n
	c.size += n
}

// described notes the memory that an entry's description takes.
func (c *cache) described(e *entry, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.footer += n
	c.footers += n
}

// release ends the use of entries, and makes room.
func (c *cache) release(entries []*entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range entries {
		if e.refs--; e.refs == 0 {
			e.at = c.idle.PushBack(e)
		}
	}
	for (c.size > c.limit || c.footers > c.footerLimit) && c.idle.Len() > 0 { // what is in use makes room when it is released
		c.remove(c.idle.Front())
	}
	for c.idle.Len() > idleMost { // refused objects take no bytes, but memory
		c.remove(c.idle.Front())
	}
}

// idleMost bounds how many objects are remembered that nobody uses.
const idleMost = 100_000

// drop removes all that nobody uses; false where there is no such thing.
func (c *cache) drop() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.size
	for c.idle.Len() > 0 {
		c.remove(c.idle.Front())
	}
	return c.size < before
}

func (c *cache) remove(at *list.Element) {
	e, _ := c.idle.Remove(at).(*entry)
	e.at = nil
	delete(c.entries, e.name)
	c.size, c.footers = c.size-e.size, c.footers-e.footer
	_ = os.RemoveAll(e.dir) // a leftover goes when the source is opened again
}
