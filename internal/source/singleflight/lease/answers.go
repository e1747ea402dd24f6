package lease

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Answers are those that hold beyond their computation, of all sources, in Redis: each for as long as its question says, and no more of them than a number of bytes. Where there is no room for one
// it is not kept: nothing else has to go for it.
type Answers struct {
	client redis.Cmdable
	prefix string
	budget int64
}

// NewAnswers keeps answers under keys that begin with prefix, up to so many bytes in all.
func NewAnswers(client redis.Cmdable, prefix string, budget int64) *Answers {
	return &Answers{client: client, prefix: prefix, budget: budget}
}

// Budget is how many bytes all answers may take.
func (a *Answers) Budget() int64 { return a.budget }

// layout tells apart what releases write that read each other's answers from what they would misread.
const layout = "1:"

func (a *Answers) key(name string) string { return a.prefix + layout + name }

// index is the sorted set of the answers' names by the time at which they end, sizes the hash of how many bytes each takes, with their sum in the field total.
func (a *Answers) index() string { return a.prefix + layout + "index" }
func (a *Answers) sizes() string { return a.prefix + layout + "sizes" }

// nameOf begins the names of answers over a dataset for a tenant. A tenant is shown by a hash: names of keys are seen by whoever watches the server.
func nameOf(dataset, tenant string) string {
	if tenant == "" {
		return dataset + ":-:"
	}
	sum := sha256.Sum256([]byte(tenant))
	return dataset + ":" + hex.EncodeToString(sum[:8]) + ":"
}

// find returns an answer, if there is one, and who computes it, as Leases.find does.
func (a *Answers) find(ctx context.Context, at keys, share *query.Share, mine string, lasts time.Duration) (found *source.Result, leader string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	reply, err := find.Run(ctx, a.client, []string{at.lease, at.waits, a.key(at.name)}, mine, lasts.Milliseconds(), share.StaleFor.Milliseconds()).Slice()
	if err != nil {
		return nil, "", err
	}
	data, leader, left := part[string](reply, 0), part[string](reply, 1), part[int64](reply, 2)
	if data == "" {
		return nil, leader, nil
	}
	r, err := source.DecodeResult([]byte(data))
	if err == nil {
		return reused(r, left, share, begin), leader, nil
	}
	// What cannot be read is computed again.
	if err := a.client.Del(ctx, a.key(at.name)).Err(); err != nil {
		return nil, "", err
	}
	if leader == "" { // it seemed as good as new
		return a.find(ctx, at, share, mine, lasts)
	}
	return nil, leader, nil
}

// part is a part of a script's reply.
func part[T any](reply []any, i int) (v T) {
	if i < len(reply) {
		v, _ = reply[i].(T)
	}
	return v
}

// reused is an answer as who finds it has it: it cost the look, and nothing else.
func reused(r *source.Result, left int64, share *query.Share, begin time.Time) *source.Result {
	r.Stats = source.Stats{Rows: r.Stats.Rows, Elapsed: time.Since(begin), Reused: source.Fresh}
	if time.Duration(left)*time.Millisecond <= share.StaleFor {
		r.Stats.Reused = source.Stale
	}
	return r
}

// get returns an answer; nil where there is none.
func (a *Answers) get(ctx context.Context, name string, share *query.Share) (*source.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	begin := time.Now()
	pipe := a.client.Pipeline()
	data, left := pipe.Get(ctx, a.key(name)), pipe.PTTL(ctx, a.key(name))
	if _, err := pipe.Exec(ctx); err != nil {
		if errors.Is(err, redis.Nil) {
			return nil, nil //nolint:nilnil // there is none
		}
		return nil, err
	}
	r, err := source.DecodeResult([]byte(data.Val()))
	if err != nil {
		return nil, err
	}
	return reused(r, left.Val().Milliseconds(), share, begin), nil
}

// put keeps an answer for as long as it holds, where there is room. What goes wrong costs others a computation.
func (a *Answers) put(ctx context.Context, name string, data []byte, holds time.Duration) {
	if holds < time.Millisecond {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = put.Run(ctx, a.client, []string{a.key(name), a.index(), a.sizes()}, data, holds.Milliseconds(), a.budget, name).Err()
}
