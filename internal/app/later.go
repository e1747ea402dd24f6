package app

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// connectPause is how long a failed attempt to connect is believed, so that a page of widgets does not try once for each.
const connectPause = time.Second

// laterSource connects when it is first asked, and tries again while the server is away.
type laterSource struct {
	open func(ctx context.Context) (source.Source, error)

	// busy is held by whoever connects, and guards what follows.
	busy   chan struct{}
	src    source.Source
	failed time.Time
	err    error

	mu     sync.Mutex
	closed bool
}

// later returns a source of type S that open connects. It can describe relations where S can; of the other abilities no S that
// connects has any.
func later[S source.Source](open func(ctx context.Context) (S, error)) source.Source {
	l := &laterSource{busy: make(chan struct{}, 1), open: func(ctx context.Context) (source.Source, error) {
		s, err := open(ctx)
		if err != nil {
			return nil, err // not a nil S in an interface
		}
		return s, nil
	}}
	var none S
	var has source.Abilities
	if source.AbilitiesOf(none).Describer != nil {
		has.Describer = l
	}
	return has.On(l)
}

// get returns the connected source.
func (l *laterSource) get(ctx context.Context) (source.Source, error) {
	select {
	case l.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.New(fault.Canceled, "canceled", "", ctx.Err())
	}
	defer func() { <-l.busy }()
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return nil, fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", context.Canceled)
	}
	if l.src != nil || l.err != nil && time.Since(l.failed) < connectPause {
		return l.src, l.err
	}
	src, err := l.open(ctx)
	if err != nil {
		if ctx.Err() == nil { // else it was this request that ended, not the server
			l.err, l.failed = err, time.Now()
		}
		return nil, err
	}
	l.src, l.err = src, nil
	return src, nil
}

// Query connects and asks.
func (l *laterSource) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	src, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return src.Query(ctx, q)
}

// Explain connects and asks.
func (l *laterSource) Explain(ctx context.Context, q *query.Query) (source.Native, error) {
	src, err := l.get(ctx)
	if err != nil {
		return source.Native{}, err
	}
	return src.Explain(ctx, q)
}

// Describe connects and asks.
func (l *laterSource) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	src, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	d, ok := src.(source.Describer)
	if !ok {
		return nil, fault.New(fault.Permanent, "source_error", "", fmt.Errorf("%T does not describe relations", src))
	}
	return d.Describe(ctx, r)
}

// Ping connects and asks.
func (l *laterSource) Ping(ctx context.Context) error {
	src, err := l.get(ctx)
	if err != nil {
		return err
	}
	return src.Ping(ctx)
}

// Close ends the connections, if there are any.
func (l *laterSource) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.busy <- struct{}{}
	defer func() { <-l.busy }()
	if l.src == nil {
		return nil
	}
	return l.src.Close()
}
