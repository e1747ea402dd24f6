// Package singleflight answers queries that ask the same, and are under way at the same time, by one computation: in this process, and by Across over
// all processes. Whoever asks once more after the answer has come has it computed anew, but for queries that say by their Share how long an answer holds: Across hands
// theirs out for so long.
//
// A computation belongs to all who wait for it. It goes on while one of them does, and is given up with the last; each waits no longer than its own context
// says. While a server is in doubt nobody waits for another's computation: that is the one call which finds out whether the server is back, for as long as
// it may take, and the others are told at once that it is not asked. An answer is as fresh as its computation, which may have begun before the question came: AsOf says when.
package singleflight

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Compute answers a question.
type Compute func(ctx context.Context) (*source.Result, error)

// Land takes an answer, or why there is none.
type Land func(*source.Result, error)

// Question is what is asked, as far as others have to know it.
type Question struct {
	Key     query.Key
	Dataset string
	// Share says how long the answer holds; nil where it is no longer than its computation.
	Share *query.Share
}

// Across answers questions that several processes ask by one computation: those that are under way at the same time, and, for as long as the question's Share says, those
// that come later. Do has land called once: with another process's answer, which says in its Stats that it is shared or reused, or with that of compute. It returns when
// nothing is left to be told to others, which may be a while later: it is Do that computes an answer anew which it has handed out.
type Across interface {
	Do(ctx context.Context, of Question, compute Compute, land Land)
	// Known returns the answer that is there already, while it holds.
	Known(ctx context.Context, of Question) (*source.Result, bool)
	// Fresh says whether an answer is there that nobody would compute anew.
	Fresh(ctx context.Context, of Question) bool
}

// OnlyShared is Across for questions whose answers hold beyond their computation; each process computes the others by itself.
type OnlyShared struct{ Across }

// Do has a question answered.
func (o OnlyShared) Do(ctx context.Context, of Question, compute Compute, land Land) {
	if of.Share == nil {
		land(compute(ctx))
		return
	}
	o.Across.Do(ctx, of, compute, land)
}

// Source is a source whose equal queries are computed once.
type Source struct {
	source.Source
	across  Across            // nil for this process alone
	metrics *telemetry.Source // nil counts nothing
	doubted *atomic.Bool

	mu      sync.Mutex
	flights map[query.Key]*flight
	flying  sync.WaitGroup
}

// New has equal queries of a source computed once, while its server is not in doubt. The result has the abilities that the source has.
func New(inner source.Source, across Across, metrics *telemetry.Source, doubted *atomic.Bool) source.Source {
	s := &Source{Source: inner, across: across, metrics: metrics, doubted: doubted, flights: make(map[query.Key]*flight)}
	return source.AbilitiesOf(inner).On(s)
}

// Query answers q by the computation that is under way for such a query, or begins one.
func (s *Source) Query(ctx context.Context, q *query.Query) (*source.Result, error) {
	if s.doubted.Load() {
		return s.inDoubt(ctx, q)
	}
	key := q.Key()
	s.mu.Lock()
	f, ok := s.flights[key]
	if ok {
		f.join()
		s.metrics.Coalesced(telemetry.InProcess)
	} else {
		f = s.begin(ctx, key, q)
	}
	s.mu.Unlock()

	select {
	case <-f.landed:
		return f.answer()
	case <-ctx.Done():
		s.leave(key, f)
		return nil, source.Ended(ctx, ctx.Err())
	}
}

// begin starts a computation, which does not end with who has asked first. The caller holds s.mu.
func (s *Source) begin(ctx context.Context, key query.Key, q *query.Query) *flight {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &flight{waiting: 1, cancel: cancel, landed: make(chan struct{})}
	s.flights[key] = f
	s.flying.Go(func() { // its owners are those who wait; Close waits for it
		defer cancel()
		ask := func(ctx context.Context) (r *source.Result, err error) {
			defer fault.Recovered("singleflight", &err)
			return s.Source.Query(ctx, q)
		}
		land := func(r *source.Result, err error) { s.land(key, f, r, err) }
		if s.across == nil {
			land(ask(ctx))
			return
		}
		if err := s.overAll(ctx, question(key, q), ask, land); err != nil {
			land(nil, err)
		}
	})
	return f
}

// overAll has the question answered over all processes.
func (s *Source) overAll(ctx context.Context, of Question, ask Compute, land Land) (err error) {
	defer fault.Recovered("singleflight", &err)
	s.across.Do(ctx, of, ask, land)
	return nil
}

// inDoubt answers q while the server is in doubt: by an answer that is there already, else each asks for itself.
func (s *Source) inDoubt(ctx context.Context, q *query.Query) (*source.Result, error) {
	if s.across != nil && q.Share != nil {
		if r, ok := s.across.Known(ctx, question(q.Key(), q)); ok {
			s.metrics.Reused(string(r.Stats.Reused))
			return r, nil
		}
	}
	return s.Source.Query(ctx, q)
}

// Remainder is nothing where a computation of q is under way in this process, or an answer that is shared is as good as new.
func (s *Source) Remainder(ctx context.Context, q *query.Query) []*query.Query {
	key := q.Key()
	s.mu.Lock()
	_, flying := s.flights[key]
	s.mu.Unlock()
	if flying || s.across != nil && q.Share != nil && s.across.Fresh(ctx, question(key, q)) {
		return nil
	}
	return []*query.Query{q}
}

func question(key query.Key, q *query.Query) Question {
	return Question{Key: key, Dataset: q.Dataset, Share: q.Share}
}

// land ends a computation, once. Who comes from now on begins another.
func (s *Source) land(key query.Key, f *flight, r *source.Result, err error) {
	s.mu.Lock()
	if f.over {
		s.mu.Unlock()
		return
	}
	f.over = true
	if s.flights[key] == f { // else it was given up, and another may be under way
		delete(s.flights, key)
	}
	f.result, f.err, f.shared = r, err, f.joined
	s.mu.Unlock()
	if err == nil && r.Stats.Shared {
		s.metrics.Coalesced(telemetry.InOther)
	}
	if err == nil && r.Stats.Reused != source.Computed {
		s.metrics.Reused(string(r.Stats.Reused))
	}
	close(f.landed)
}

// leave takes one who waits away from a computation. The last one ends it, and whoever comes then begins another.
func (s *Source) leave(key query.Key, f *flight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	if s.flights[key] == f {
		delete(s.flights, key)
	}
	f.cancel()
}

// Close closes the source, which ends what is under way, and waits for it.
func (s *Source) Close() error {
	err := s.Source.Close()
	s.mu.Lock()
	for _, f := range s.flights {
		f.cancel()
	}
	s.mu.Unlock()
	s.flying.Wait()
	return err
}

// flight is one computation. What it counts belongs to the source's mutex; its end is written before landed is closed.
type flight struct {
	waiting int
	joined  bool
	over    bool
	cancel  context.CancelFunc

	landed chan struct{}
	result *source.Result
	err    error
	shared bool
}

func (f *flight) join() {
	f.waiting++
	f.joined = true
}

// answer returns the computation's end. Whoever has it may change what is not shared: the frame never changes.
func (f *flight) answer() (*source.Result, error) {
	if f.err != nil || !f.shared {
		return f.result, f.err
	}
	return f.result.Shared(), nil
}
