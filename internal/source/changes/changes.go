// Package changes tells whether rows have changed whose store cannot tell: by a few values that the catalog names (a query.Changes), which are asked for every few seconds at most, by one who asks at a time.
// What is kept and shared of answers has their hash beside it. Where they can't be had nothing is known of the rows: whoever asks does without what is kept.
package changes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const (
	// mostKnown is of how many questions (a dataset's, for a tenant) answers are remembered, mostStretches of how many stretches of time each.
	mostKnown, mostStretches = 1024, 4096
	// columnStretch is the group of a question that tells stretches of time apart.
	columnStretch = "stretch"
)

// Watch tells the state of rows of one source. It is used from many goroutines.
type Watch struct {
	source source.Source
	now    func() time.Time

	mu    sync.Mutex
	known map[query.Key]*state
}

// NewWatch asks a source for what tells changes of its rows.
func NewWatch(of source.Source, now func() time.Time) *Watch {
	return &Watch{source: of, now: now, known: make(map[query.Key]*state)}
}

// state is what was said of the rows of one question, by stretch of time; of all rows, where it has no time, under the empty stretch.
type state struct {
	turn chan struct{} // holds one who looks
	said map[stretch]said
}

type stretch struct{ from, to int64 }

type said struct {
	text string
	at   time.Time
}

// Version returns another text where rows have changed: of the stretches of time between edges, or any rows, where the question has no time. Its error is that of the question.
func (w *Watch) Version(ctx context.Context, of *query.Changes, edges []time.Time) (string, error) {
	if of.Query.Time == nil {
		edges = nil
	}
	key := of.Query.Key()
	s := w.of(key)
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return "", source.Ended(ctx, ctx.Err())
	}
	defer func() { <-s.turn }()
	stretches := stretchesOf(edges)
	if len(s.said) > mostStretches {
		clear(s.said)
	}
	if first, last, stale := s.stale(stretches, w.now().Add(-of.Every)); stale {
		if err := w.ask(ctx, s, of.Query, edges, first, last); err != nil {
			return "", err
		}
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%x", key)
	for _, one := range stretches {
		fmt.Fprintf(sum, " %q", s.said[one].text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// of is the state of a question's rows.
func (w *Watch) of(key query.Key) *state {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.known[key]
	if s == nil {
		if len(w.known) >= mostKnown {
			clear(w.known)
		}
		s = &state{turn: make(chan struct{}, 1), said: make(map[stretch]said)}
		w.known[key] = s
	}
	return s
}

// stretchesOf are the stretches between edges; without any it is all time.
func stretchesOf(edges []time.Time) []stretch {
	if len(edges) == 0 {
		return []stretch{{}}
	}
	out := make([]stretch, 0, len(edges)-1)
	for i := range len(edges) - 1 {
		out = append(out, stretch{edges[i].UnixMicro(), edges[i+1].UnixMicro()})
	}
	return out
}

// stale returns the first and the last of the stretches of which nothing is known since a time.
func (s *state) stale(stretches []stretch, since time.Time) (first, last int, stale bool) {
	for i, one := range stretches {
		if known, ok := s.said[one]; ok && known.at.After(since) {
			continue
		}
		if !stale {
			first, stale = i, true
		}
		last = i
	}
	return first, last, stale
}

// ask asks for the stretches from the first to the last by one query. The caller has its turn.
func (w *Watch) ask(ctx context.Context, s *state, of *query.Query, edges []time.Time, first, last int) error {
	q := *of
	if len(edges) > 0 {
		edges = edges[first : last+2]
		q.Range = query.Range{From: edges[0], To: edges[len(edges)-1]}
		q.Groups = []query.Group{{
			Name: columnStretch, Field: query.Field{Column: q.Time.Column, Type: query.Time}, Storage: q.Time.Storage, Zone: q.Time.Zone, Buckets: &query.Buckets{Edges: edges},
		}}
		q.Order = []query.Order{{Name: columnStretch}}
		q.MaxRows = len(edges) - 1
	}
	if q.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, q.Timeout)
		defer cancel()
	}
	at := w.now()
	r, err := w.source.Query(ctx, &q)
	if err != nil {
		return err
	}
	if r.Truncated {
		return fault.New(fault.Permanent, "internal_error", "", errors.New("changes: the answer is cut"))
	}
	texts := textsOf(r.Frame, len(edges) > 0)
	for i, one := range stretchesOf(edges) {
		s.said[one] = said{texts[i], at}
	}
	return nil
}

// textsOf are the values of an answer by the number of the stretch; of all rows under 0.
func textsOf(answer *frame.Frame, stretches bool) map[int]string {
	out := make(map[int]string, answer.Rows())
	at, _ := answer.Index(columnStretch)
	for row := range answer.Rows() {
		n, text := 0, ""
		for i := range answer.Fields() {
			if stretches && i == at {
				number, _ := answer.At(i).Int(row)
				n = int(number)
				continue
			}
			text += fmt.Sprintf("%T %v;", answer.At(i).Value(row), answer.At(i).Value(row))
		}
		out[n] = text
	}
	return out
}
