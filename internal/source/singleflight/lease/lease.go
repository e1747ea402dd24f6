// Package lease answers questions that several processes ask at the same time by one computation. Who asks first takes the question's lease in Redis and
// computes; who asks meanwhile waits for that one's answer. A leader that dies loses its lease, and who waits takes it.
//
// It is a help, never a condition: where Redis can't be asked, an answer is too large to be handed on, or the leader's computation fails, each computes for
// itself. Who asks after the answer becomes the next leader, but for questions that say how long an answer holds: theirs is found in Redis for so long, and no longer.
// A failure is never found there.
package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

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
	// patience bounds each step on Redis. It is a help, but one that is seldom done without: while Redis says nothing, no result can be sent either.
	patience = 5 * time.Second
	// soonest and latest bound the pause between two looks for an answer, which is otherwise a quarter of the time waited so far.
	soonest, latest = 2 * time.Millisecond, 50 * time.Millisecond
)

// withheld stands for an answer that is not handed on.
const withheld = "-"

// Leases are those of one source's questions.
type Leases struct {
	client  redis.Cmdable
	prefix  string
	source  string
	answers *Answers
	lasts   time.Duration
}

var _ singleflight.Across = (*Leases)(nil)

// New returns the leases of a source, whose keys begin with prefix and the source's name. What holds beyond its computation goes to answers; nil keeps nothing.
func New(client redis.Cmdable, prefix, source string, answers *Answers) *Leases {
	return &Leases{client: client, prefix: prefix, source: source, answers: answers, lasts: lasts}
}

// Do answers a question, and says in the answer's Stats whether another process has.
func (l *Leases) Do(ctx context.Context, of singleflight.Question, compute singleflight.Compute, land singleflight.Land) {
	if l.answers == nil {
		of.Share = nil
	}
	at := l.keys(of)
	mine := rand.Text()
	for ctx.Err() == nil {
		found, leader, err := l.find(ctx, at, of, mine)
		if err != nil {
			alone(ctx, compute, land)
			return
		}
		if found != nil {
			land(found, nil)
			if leader != mine {
				return
			}
			land = func(*source.Result, error) {} // it is stale, and ours to compute anew
		}
		if leader == mine {
			l.lead(ctx, at, of, mine, compute, land)
			return
		}
		r, err := l.follow(ctx, at, leader)
		if err != nil {
			alone(ctx, compute, land)
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

// alone computes where Redis is of no help, unless that is for who asks being gone.
func alone(ctx context.Context, compute singleflight.Compute, land singleflight.Land) {
	if err := ctx.Err(); err != nil {
		land(nil, source.Ended(ctx, err))
		return
	}
	land(compute(ctx))
}

// Known returns the answer that is there already.
func (l *Leases) Known(ctx context.Context, of singleflight.Question) (*source.Result, bool) {
	if l.answers == nil || of.Share == nil {
		return nil, false
	}
	r, err := l.answers.get(ctx, l.keys(of).name, of.Share)
	return r, err == nil && r != nil
}

// Fresh says whether an answer is there that is not stale.
func (l *Leases) Fresh(ctx context.Context, of singleflight.Question) bool {
	if l.answers == nil || of.Share == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	left, err := l.client.PTTL(ctx, l.answers.key(l.keys(of).name)).Result()
	return err == nil && left > of.Share.StaleFor
}

// keys are those of one question. The third is followed by the name of the computation whose answer it is; name is that of the answer which holds beyond it.
type keys struct{ lease, waits, answer, name string }

func (l *Leases) keys(of singleflight.Question) keys {
	key := hex.EncodeToString(of.Key[:])
	lease := l.prefix + l.source + ":" + key
	k := keys{lease: lease, waits: lease + ":waits", answer: lease + ":answer:"}
	if of.Share != nil {
		k.name = nameOf(of.Dataset, of.Share.Tenant) + l.source + ":" + key
	}
	return k
}

// find returns the answer that is there already, if there is one, and who computes it: mine, where that is now ours to do, or nobody, where it is as good as new.
func (l *Leases) find(ctx context.Context, at keys, of singleflight.Question, mine string) (found *source.Result, leader string, err error) {
	if of.Share != nil {
		return l.answers.find(ctx, at, of.Share, mine, l.lasts)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leader, err = take.Run(ctx, l.client, []string{at.lease, at.waits}, mine, l.lasts.Milliseconds()).Text()
	if errors.Is(err, redis.Nil) {
		return nil, mine, nil
	}
	return nil, leader, err
}

// lead computes while it keeps the lease, and hands the answer on if somebody waits for it.
func (l *Leases) lead(ctx context.Context, at keys, of singleflight.Question, mine string, compute singleflight.Compute, land singleflight.Land) {
	begin := time.Now()
	renewing, stop := context.WithCancel(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() { l.renew(renewing, at, mine) })
	r, err := compute(ctx)
	stop()
	land(r, err)
	renewer.Wait()
	h := handing{Leases: l, at: at, mine: mine, result: r, failed: err}
	if of.Share != nil && err == nil {
		h.keep(context.WithoutCancel(ctx), of.Share, time.Since(begin))
	}
	h.hand(context.WithoutCancel(ctx))
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

// errWithheld is that of a leader whose answer is not to be had.
var errWithheld = errors.New("lease: the answer is not handed on")

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
		case answer == withheld:
			return nil, errWithheld
		}
		return source.DecodeResult([]byte(answer))
	}
}

func (l *Leases) look(ctx context.Context, at keys, leader string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return look.Run(ctx, l.client, []string{at.lease, at.waits, at.answer + leader}, leader, l.lasts.Milliseconds()).Text()
}
