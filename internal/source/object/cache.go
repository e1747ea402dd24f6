package object

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"

	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// cache keeps what was read of objects on the local disk, by key and ETag, and removes what was used longest ago when it
// is more than allowed. What a running query uses stays.
type cache struct {
	dir   string
	limit int64

	mu      sync.Mutex
	entries map[string]*entry
	size    int64
	clock   int64
}

// entry is what is here of one version of an object. Its fields below busy belong to whoever holds busy.
type entry struct {
	dir  string
	busy chan struct{}

	meta   *metadata.FileMetaData // Parquet: the footer
	footer int64                  // where it starts
	groups map[int]map[int]bool   // Parquet: row group → columns that are here
	whole  bool

	// The rest belongs to the cache.
	refs int
	size int64
	used int64
}

func newCache(dir string, limit int64) *cache {
	return &cache{dir: dir, limit: limit, entries: make(map[string]*entry)}
}

// use returns the entry of an object's version, which stays until it is released.
func (c *cache) use(key, etag string) *entry {
	sum := sha256.Sum256([]byte(key + "\x00" + etag))
	name := hex.EncodeToString(sum[:16])
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[name]
	if e == nil {
		e = &entry{dir: filepath.Join(c.dir, name), busy: make(chan struct{}, 1), groups: make(map[int]map[int]bool)}
		c.entries[name] = e
	}
	c.clock++
	e.refs, e.used = e.refs+1, c.clock
	return e
}

// grew notes bytes that were added to an entry.
func (c *cache) grew(e *entry, n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.size += n
	c.size += n
}

// release ends the use of entries, and makes room.
func (c *cache) release(list []*entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range list {
		e.refs--
	}
	for c.size > c.limit {
		oldest := ""
		for name, e := range c.entries {
			if e.refs == 0 && (oldest == "" || e.used < c.entries[oldest].used) {
				oldest = name
			}
		}
		if oldest == "" {
			return // all of it is in use; the next release makes room
		}
		e := c.entries[oldest]
		delete(c.entries, oldest)
		c.size -= e.size
		_ = os.RemoveAll(e.dir) // a leftover goes when the source is opened again
	}
}
