// Package lease answers questions that several processes ask at the same time by one computation. Who asks first takes the question's lease in Redis and
// computes; who asks meanwhile waits for that one's answer. A leader that dies loses its lease, and who waits takes it.
//
// It is a help, never a condition: where Redis can't be asked, an answer is too large to be handed on, or the leader's computation fails, each computes for
// itself. Nothing is kept: who asks after the answer becomes the next leader.
package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
)

const (
	// lasts is how long a lease outlives the last that was heard of its holder; it is renewed three times as often.
	lasts = 6 * time.Second
	// kept is how long an answer stays for those who wait.
	kept = 10 * time.Second
	// largest bounds an answer that is handed on: Redis does nothing else while it copies one.
	largest = 1 << 20
	// patience bounds each step on Redis: it is a help.
	patience = 2 * time.Second
	// soonest and latest bound the pause between two looks for an answer, which is otherwise a quarter of the time waited so far.
	soonest, latest = 2 * time.Millisecond, 50 * time.Millisecond
)

// alone stands for an answer that is not handed on.
const alone = "-"

// Leases are those of one source's questions.
type Leases struct {
	client redis.Cmdable
	prefix string
	lasts  time.Duration
}

var _ singleflight.Across = (*Leases)(nil)

// New returns the leases whose keys begin with prefix. Two sources have two prefixes.
func New(client redis.Cmdable, prefix string) *Leases {
	return &Leases{client: client, prefix: prefix, lasts: lasts}
}

// Do answers a question, and says in the answer's Stats whether another process has.
func (l *Leases) Do(ctx context.Context, key query.Key, compute singleflight.Compute, land singleflight.Land) {
	at := l.keys(key)
	mine := rand.Text()
	for ctx.Err() == nil {
		leader, err := l.take(ctx, at, mine)
		if err != nil {
			land(compute(ctx))
			return
		}
		if leader == "" {
			l.lead(ctx, at, mine, compute, land)
			return
		}
		r, err := l.follow(ctx, at, leader)
		if err != nil {
			land(compute(ctx))
			return
		}
		if r != nil {
			r.Stats.Shared = true
			land(r, nil)
			return
		}
	}
	land(nil, source.Ended(ctx, ctx.Err()))
}

// keys are those of one question; the answer's name follows the third.
type keys struct{ lease, waits, answer string }

func (l *Leases) keys(key query.Key) keys {
	name := l.prefix + hex.EncodeToString(key[:])
	return keys{name, name + ":waits", name + ":answer:"}
}

// take returns the computation that holds the lease, empty when that is now ours.
func (l *Leases) take(ctx context.Context, at keys, mine string) (leader string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leader, err = take.Run(ctx, l.client, []string{at.lease, at.waits}, mine, l.lasts.Milliseconds()).Text()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return leader, err
}

// lead computes while it keeps the lease, and hands the answer on if somebody waits for it.
func (l *Leases) lead(ctx context.Context, at keys, mine string, compute singleflight.Compute, land singleflight.Land) {
	renewing, stop := context.WithCancel(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() { l.renew(renewing, at, mine) })
	r, err := compute(ctx)
	stop()
	land(r, err)
	renewer.Wait()
	l.hand(context.WithoutCancel(ctx), at, mine, r, err)
}

// hand gives the lease back, after the answer is where others find it. What goes wrong costs others the time until the lease has run out.
func (l *Leases) hand(ctx context.Context, at keys, mine string, r *source.Result, failed error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	both := []string{at.lease, at.waits}
	waits, err := end.Run(ctx, l.client, both, mine).Int()
	if err != nil || waits == 0 {
		return
	}
	answer := alone
	if failed == nil {
		if data, err := r.Encode(); err == nil && len(data) <= largest {
			answer = string(data)
		}
	}
	if err := l.client.Set(ctx, at.answer+mine, answer, kept).Err(); err != nil {
		return
	}
	_ = drop.Run(ctx, l.client, both, mine).Err() // else it runs out
}

// renew keeps the lease until ctx ends, or it is lost: the computation goes on, for whoever waits in this process.
func (l *Leases) renew(ctx context.Context, at keys, mine string) {
	tick := time.NewTicker(l.lasts / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if held, err := renew.Run(ctx, l.client, []string{at.lease}, mine, l.lasts.Milliseconds()).Int(); err == nil && held == 0 {
			return
		}
	}
}

// errAlone is that of a leader whose answer is not to be had.
var errAlone = errors.New("lease: the answer is not handed on")

// follow waits for a leader's answer; it returns none when the leader is gone.
func (l *Leases) follow(ctx context.Context, at keys, leader string) (*source.Result, error) {
	begin := time.Now()
	pause := time.NewTimer(soonest)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, nil //nolint:nilnil // Do sees why
		case <-pause.C:
		}
		answer, err := l.look(ctx, at, leader)
		switch {
		case errors.Is(err, redis.Nil):
			pause.Reset(min(max(time.Since(begin)/4, soonest), latest))
			continue
		case err != nil:
			return nil, err
		case answer == "":
			return nil, nil //nolint:nilnil // the leader is gone
		case answer == alone:
			return nil, errAlone
		}
		return source.DecodeResult([]byte(answer))
	}
}

func (l *Leases) look(ctx context.Context, at keys, leader string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return look.Run(ctx, l.client, []string{at.lease, at.waits, at.answer + leader}, leader, l.lasts.Milliseconds()).Text()
}
