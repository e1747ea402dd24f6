package object

import (
	"fmt"
	"testing"
)

// What footers take in memory is bounded apart from what is on the disk: those that were used longest ago go.
func TestFootersInMemoryAreBounded(t *testing.T) {
	t.Parallel()
	c := newCache(t.TempDir(), 1<<30, 1000)
	for i := range 100 {
		e := c.use(fmt.Sprint(i), "etag")
		c.described(e, 150)
		c.release([]*entry{e})
		if c.footers > 1000 || i > 6 && c.footers != 900 {
			t.Fatalf("after %d objects, footers take %d", i+1, c.footers)
		}
	}
	used := make([]*entry, 10)
	for i := range used {
		used[i] = c.use(fmt.Sprint("used ", i), "etag")
		c.described(used[i], 150)
	}
	if again := c.use("used 3", "etag"); again != used[3] {
		t.Error("what a query uses has gone")
	} else {
		c.release([]*entry{again})
	}
	c.release(used)
	if c.footers != 900 || len(c.entries) != 6 {
		t.Errorf("at rest, %d footers take %d", len(c.entries), c.footers)
	}
}
