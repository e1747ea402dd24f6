package days

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Shape names what is kept of days but for the days themselves. Everything that decides it is in the name: the rows with their tenant and filters, the groups, the parts of
// measures, the zone, the version that the catalog gives, and all that it says of the source.
type Shape [sha256.Size]byte

// Span is a stretch of time, in seconds since 1970. Its ends are midnights of the zone that is in the shape.
type Span struct{ From, To int64 }

// Key names an entry of a store. A whole answer has an empty span: its range is in its shape.
type Key struct {
	Shape Shape
	Span
}

// Entry is an answer for neighboring days, or a whole one.
type Entry struct {
	Frame *frame.Frame
	At    time.Time // when it began to be computed
	// Days are the edges of its days: n+1 for n days. None for a whole answer.
	Days []time.Time
	// Dataset is the catalog's name of what it was computed of, Version the state of the rows before they were read.
	Dataset, Version string
}

// holds says that an entry is not too old yet.
func (e *Entry) holds(keep *query.Keep, now time.Time) bool {
	return keep.MaxAge <= 0 || now.Sub(e.At) <= keep.MaxAge
}

// Store keeps entries, as many as it has room for. It loses any of them at any time, and never returns what is not what was put.
type Store interface {
	// Spans returns of which spans there are entries of a shape.
	Spans(ctx context.Context, of Shape) []Span
	Get(ctx context.Context, key Key) (Entry, bool)
	// Put keeps an entry in place of the one before. Nobody changes it from then on.
	Put(ctx context.Context, key Key, e Entry)
}

// Stats is what a store holds, and what it was good for since it was made.
type Stats struct {
	Entries               int
	Bytes, Budget         int64
	Hits, Misses, Evicted int64
}

// Usage is what a store holds of one dataset's answers, and how many of its entries have made room for others.
type Usage struct {
	Entries        int
	Bytes, Evicted int64
}
