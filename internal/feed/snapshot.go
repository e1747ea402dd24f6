package feed

import (
	"context"
	"slices"
)

const (
	// A snapshot looks at the last entries of a stream, this many and bytes of payloads at most.
	snapshotPages, snapshotBytes = 20, 8 << 20
	snapshotPage                 = 500
)

// snapshot is the newest message of each widget, at a place in the stream.
type snapshot struct {
	list  []*Message
	epoch string
	at    ID
	era   uint64
	n     uint64
}

// snapshot returns the newest message of each widget, or of each of a request. It is read from Redis once, by the first who needs it, and
// kept up to date from then on; that of a request is put together each time.
func (t *topic) snapshot(ctx context.Context, request string) (*snapshot, error) {
	if err := t.open(ctx, true); err != nil {
		return nil, err
	}
	if s := t.ready(request); s != nil {
		t.hub.opts.Metrics.Cache(true)
		return s, nil
	}
	var s *snapshot
	err := t.load(ctx, func() error {
		if s = t.ready(request); s != nil {
			t.hub.opts.Metrics.Cache(true)
			return nil
		}
		t.hub.opts.Metrics.Cache(false)
		var err error
		s, err = t.lookBack(ctx, request)
		return err
	})
	return s, err
}

// ready returns the snapshot that is in memory, nil where there is none.
func (t *topic) ready(request string) *snapshot {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s := &snapshot{epoch: t.epoch, at: t.pos, era: t.era, n: t.count}
	switch {
	case request == "" && t.newest.whole:
		s.list = t.newest.after(ID{})
	case request != "" && t.window.from.IsZero():
		s.list = newestOf(t.window.list, request)
	default:
		return nil
	}
	return s
}

// newestOf returns the newest message of each widget of a request, in order.
func newestOf(ascending []*Message, request string) (list []*Message) {
	seen := map[string]bool{}
	for _, m := range slices.Backward(ascending) {
		if m.Request == request && !seen[m.Event] {
			seen[m.Event] = true
			list = append(list, m)
		}
	}
	slices.Reverse(list)
	return list
}

// lookBack reads a stream backwards from where the topic is.
func (t *topic) lookBack(ctx context.Context, request string) (*snapshot, error) {
	t.mu.RLock()
	n, epoch, era, at, count := t.node, t.epoch, t.era, t.pos, t.count
	t.mu.RUnlock()
	if n == nil {
		return nil, errAway
	}
	var list []*Message // the latest first, of each widget
	seen := map[string]bool{}
	from, bytes := "+", 0
	if !at.IsZero() {
		from = at.String()
	}
	for range snapshotPages {
		entries, err := t.hub.latest(ctx, n, t.key, from, epoch, snapshotPage)
		if err != nil {
			return nil, err
		}
		for _, m := range messages(entries) {
			if bytes += len(m.Payload); (request == "" || m.Request == request) && !seen[m.Event] && !at.Before(m.Mark.ID) {
				seen[m.Event] = true
				list = append(list, m)
			}
		}
		if len(entries) < snapshotPage || bytes > snapshotBytes {
			break
		}
		from = "(" + entries[len(entries)-1].id.String()
	}
	if request == "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.era == era && !at.Before(t.newest.from) {
			t.newest.older(list)
			t.newest.from, t.newest.whole = ID{}, true
			at, count = t.pos, t.count
			return &snapshot{list: t.newest.after(ID{}), epoch: epoch, at: at, era: era, n: count}, nil
		}
	}
	slices.Reverse(list)
	return &snapshot{list: list, epoch: epoch, at: at, era: era, n: count}, nil
}
