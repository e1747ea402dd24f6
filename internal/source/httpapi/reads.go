package httpapi

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// reading is what one query has read.
type reading struct {
	asOf  time.Time
	bytes int64
}

// reads are the answers to calls under way and shortly before, so that the widgets of a page that ask the same are served by one
// call. They are held as they came: each query takes its own columns out of them.
type reads struct {
	keep  time.Duration
	limit int64

	mu     sync.Mutex
	closed bool
	calls  map[string]*read
	bytes  int64
}

// read is one call's pages. They and err are set when done is closed.
type read struct {
	done  chan struct{}
	asOf  time.Time
	pages []*page
	bytes int64
	// whole says that the pages are all there are; else err is why not, or nobody may rely on them.
	whole bool
	err   error
}

func (r *reads) init(keep time.Duration, limit int64) {
	r.keep, r.limit, r.calls = keep, limit, make(map[string]*read)
}

// join returns the call of a key; mine says that the caller is to make it and to end it.
func (r *reads) join(key string, now time.Time) (call *read, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.calls[key]; ok {
		return c, false
	}
	c := &read{done: make(chan struct{}), asOf: now}
	r.calls[key] = c
	return c, true
}

// end publishes a call. It is kept where it is whole and there is room; time then takes it away.
func (r *reads) end(key string, c *read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !c.whole || r.closed || r.bytes+c.bytes > r.limit {
		delete(r.calls, key)
	} else {
		r.bytes += c.bytes
		time.AfterFunc(r.keep, func() { r.forget(key, c) })
	}
	close(c.done)
}

func (r *reads) forget(key string, c *read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls[key] == c {
		delete(r.calls, key)
		r.bytes -= c.bytes
	}
}

func (r *reads) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for key, c := range r.calls {
		select {
		case <-c.done:
			delete(r.calls, key)
		default: // whoever makes it ends it
		}
	}
	r.bytes = 0
}

// pages yields the pages of a call: those of an equal one, or its own.
func (s *Source) pages(ctx context.Context, c *call, note *reading) iter.Seq2[*page, error] {
	key, err := c.key()
	if err != nil || !c.again() {
		return s.noting(s.fetch(ctx, c), note)
	}
	return func(yield func(*page, error) bool) {
		for {
			shared, mine := s.reads.join(key, s.cfg.Now())
			if mine {
				s.lead(key, shared, s.noting(s.fetch(ctx, c), note), yield)
				return
			}
			select {
			case <-shared.done:
			case <-ctx.Done():
				yield(nil, classify(ctx, ctx.Err()))
				return
			}
			if shared.whole {
				note.asOf = shared.asOf
				for _, p := range shared.pages {
					if !yield(p, nil) {
						return
					}
				}
				return
			}
			if shared.err != nil {
				yield(nil, shared.err)
				return
			}
			// It was given up, or is too large to be held: make it again.
		}
	}
}

// lead makes a call for whoever else asks the same, and yields its pages meanwhile.
func (s *Source) lead(key string, c *read, pages iter.Seq2[*page, error], yield func(*page, error) bool) {
	defer s.reads.end(key, c)
	for p, err := range pages {
		if err != nil {
			// The end of this request is not that of others.
			if class := fault.ClassOf(err); class != fault.Canceled && class != fault.Timeout {
				c.err = err
			}
			c.pages = nil
			yield(nil, err)
			return
		}
		c.pages, c.bytes = append(c.pages, p), c.bytes+p.bytes
		if !yield(p, nil) {
			c.pages = nil
			return
		}
	}
	c.whole = true
}

// noting adds up what is read.
func (s *Source) noting(pages iter.Seq2[*page, error], note *reading) iter.Seq2[*page, error] {
	return func(yield func(*page, error) bool) {
		for p, err := range pages {
			if err == nil {
				note.bytes += p.bytes
			}
			if !yield(p, err) {
				return
			}
		}
	}
}
