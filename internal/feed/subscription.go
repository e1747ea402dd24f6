package feed

import "context"

const (
	// replayMost bounds how many entries are read for one subscriber that comes back.
	replayMost = 10_000
	// listMost is how long a list of deliveries may stay allocated.
	listMost = 64
)

// Start says where a subscription begins.
type Start struct {
	// After is the mark of the last message that the subscriber had, as it sent it. Empty, it had none, and the rest counts.
	After string
	// All begins with the oldest message that is kept, Newest with the newest one of each widget. Otherwise what comes from now on is sent.
	All, Newest bool
	// Request leaves out the messages of other requests.
	Request string
}

// Hello is how a subscription begins.
type Hello struct {
	// Mark is where it goes on from.
	Mark Mark
	// Resumed says that it goes on behind the mark that the subscriber sent.
	Resumed bool
}

// Delivery is what a subscriber is to be sent next.
type Delivery struct {
	// Reset is set where what was sent before is to be forgotten: Messages are the newest of each widget then. Mark is what stands for that.
	Reset Reason
	Mark  Mark
	// Messages are those that came, in order.
	Messages []*Message
}

// Subscription is one subscriber's place in a stream. It is used by one goroutine.
type Subscription struct {
	topic  *topic
	start  Start
	closed bool

	cursor ID     // of what was delivered last
	n      uint64 // messages of the topic that were looked at
	era    uint64
	reset  Reason // to be told
	// behind says that what came up to replayTo is read from Redis first, replayed of it so far.
	behind   bool
	replayTo ID
	replayed int
	list     []*Message // of the last delivery
}

// Subscribe follows a stream from Open on. The subscription must be closed.
func (h *Hub) Subscribe(key string, start Start) (*Subscription, error) {
	t, err := h.join(key)
	if err != nil {
		return nil, err
	}
	return &Subscription{topic: t, start: start}, nil
}

// Close ends the subscription. It may be called twice.
func (s *Subscription) Close() {
	if !s.closed {
		s.closed = true
		s.topic.hub.leave(s.topic)
	}
}

// Open finds the place where the subscription begins. It may be called again where it could not be found for a reason that passes.
func (s *Subscription) Open(ctx context.Context) (Hello, error) {
	t := s.topic
	if err := t.open(ctx, s.start.After != "" || s.start.All || s.start.Newest); err != nil {
		return Hello{}, err
	}
	t.mu.RLock()
	epoch, pos := t.epoch, t.pos
	s.era, s.n = t.era, t.count
	t.mu.RUnlock()
	switch {
	case s.start.After != "":
		return s.resume(ctx, epoch, pos)
	case s.start.All:
		s.replay(ID{}, pos)
	case s.start.Newest:
		s.cursor, s.behind = pos, false
		s.reset = newestFirst
	default:
		s.cursor, s.behind = pos, false
		return Hello{Mark: Mark{epoch, pos}}, nil
	}
	return Hello{Mark: Mark{epoch, ID{}}}, nil
}

// newestFirst stands in for a reason where nobody needs to be told of a reset.
const newestFirst Reason = "-"

// resume goes on behind a mark, or says by a reset that this is not possible.
func (s *Subscription) resume(ctx context.Context, epoch string, pos ID) (Hello, error) {
	t := s.topic
	after, ok := ParseMark(s.start.After)
	why := UnknownID
	switch {
	case !ok:
	case after.Epoch != epoch:
		why = Epoch
	default:
		var err error
		if why, err = t.resumable(ctx, after.ID); err != nil {
			return Hello{}, err
		}
	}
	if why != "" {
		s.cursor, s.behind, s.reset = pos, false, why
		return Hello{Mark: Mark{epoch, ID{}}}, nil
	}
	s.replay(after.ID, pos)
	return Hello{Mark: after, Resumed: true}, nil
}

// replay has what came after an id, up to another one, delivered first.
func (s *Subscription) replay(after, to ID) {
	s.cursor, s.replayTo, s.behind, s.replayed = after, to, after.Before(to), 0
}

// Next returns what is to be sent, without waiting for anything to come: where there is nothing, the channel is closed when there may be. It reads from
// Redis where the subscriber is behind; an error of class transient means that it is to be asked again later.
func (s *Subscription) Next(ctx context.Context) (Delivery, <-chan struct{}, error) {
	for {
		if d, changed, done, err := s.look(); done || err != nil {
			return d, changed, err
		}
		if s.reset != "" {
			d, err := s.startOver(ctx)
			return d, nil, err
		}
		if list, err := s.readOn(ctx); err != nil || len(list) > 0 {
			return Delivery{Messages: list}, nil, err
		}
	}
}

// look returns what the topic has in memory, done unless Redis is to be read.
func (s *Subscription) look() (d Delivery, changed <-chan struct{}, done bool, err error) {
	// What was delivered is not kept for who waits.
	clear(s.list)
	if s.list = s.list[:0]; cap(s.list) > listMost {
		s.list = nil
	}
	t := s.topic
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.closed {
		return d, nil, true, ErrClosed
	}
	if s.era != t.era {
		s.era, s.reset = t.era, t.why
	}
	if s.behind && t.window.covers(s.cursor) {
		s.behind = false
	}
	if s.reset != "" || s.behind {
		return d, nil, false, nil
	}
	came := t.window.after(s.cursor)
	if !t.window.covers(s.cursor) {
		// It was too slow.
		if s.start.Request != "" || s.cursor.Before(t.newest.from) {
			s.reset = Slow
			return d, nil, false, nil
		}
		came = t.newest.after(s.cursor)
		t.hub.opts.Metrics.Dropped(int(t.count-s.n) - len(came))
	}
	s.list = s.keep(s.list, came)
	s.n = t.count
	if s.cursor.Before(t.pos) { // another process may have been ahead of this one
		s.cursor = t.pos
	}
	d.Messages = s.list
	return d, t.changed, true, nil
}

// keep appends those messages that are to be sent.
func (s *Subscription) keep(dst, list []*Message) []*Message {
	if s.start.Request == "" {
		return append(dst, list...)
	}
	for _, m := range list {
		if m.Request == s.start.Request {
			dst = append(dst, m)
		}
	}
	return dst
}

// readOn reads the next page of what came before the subscriber was there, or came back.
func (s *Subscription) readOn(ctx context.Context) ([]*Message, error) {
	t := s.topic
	n := t.nodeNow()
	if n == nil {
		return nil, errAway
	}
	if s.replayed >= replayMost {
		s.reset = Slow
		return nil, nil
	}
	t.mu.RLock()
	epoch := t.epoch
	t.mu.RUnlock()
	from, had := s.cursor, 0
	entries, err := t.hub.between(ctx, n, t.key, from, s.replayTo, epoch, page+1)
	if err != nil {
		return nil, err
	}
	// The entry that was delivered last is asked for once more: where it is there, nothing behind it is gone.
	if len(entries) > 0 && entries[0].id == from {
		had = 1
	} else if !from.IsZero() {
		s.reset = Trimmed
		return nil, nil
	}
	entries = entries[had:]
	s.replayed += len(entries)
	if len(entries) < page {
		s.behind, s.cursor = false, s.replayTo
	} else {
		s.cursor = entries[len(entries)-1].id
	}
	return s.keep(nil, messages(entries)), nil
}

// startOver returns the newest message of each widget.
func (s *Subscription) startOver(ctx context.Context) (Delivery, error) {
	snap, err := s.topic.snapshot(ctx, s.start.Request)
	if err != nil {
		return Delivery{}, err
	}
	d := Delivery{Reset: s.reset, Mark: Mark{snap.epoch, ID{}}, Messages: snap.list}
	if s.reset == newestFirst {
		d.Reset = ""
	} else {
		s.topic.hub.opts.Metrics.Reset(string(s.reset))
	}
	s.reset, s.behind, s.cursor, s.era, s.n = "", false, snap.at, snap.era, snap.n
	return d, nil
}
