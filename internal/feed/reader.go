package feed

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

const (
	// block is how long a read waits where another connection can end it, and blockShort where none can (the embedded server).
	block, blockShort = 2 * time.Second, 50 * time.Millisecond
	// watchEvery is how often the server is asked who it is.
	watchEvery = 5 * time.Second
	// clusterPause is how long nothing is asked of a cluster's node after nothing came.
	clusterPause = 40 * time.Millisecond
	// A read of n streams costs a server about 2 µs a stream, and is made anew after each message: beyond the first few hundred streams the
	// reader rests after each as long as restEach a stream, so that it never takes more than a third of a server.
	restFree, restEach = 250, 4 * time.Microsecond
	// entriesMost bounds what one read may bring.
	entriesMost, eachLeast, eachMost = 4096, 8, 256
)

// session reads on one connection until that fails. live is called once it is known who answers.
func (n *node) session(ctx context.Context, live func()) error {
	conn := n.client.EphemeralConn()
	defer conn.Close() //nolint:errcheck // it was only read from
	epoch, err := epochOf(ctx, conn)
	if err != nil {
		return err
	}
	id, err := conn.ClientID(ctx).Result()
	if err != nil {
		if !answered(err) {
			return err
		}
		id = 0 // the embedded server has no such command, or the user may not use it
	}
	if err := n.enter(ctx, conn, epoch); err != nil {
		return err
	}
	live()
	r := &reader{node: n, conn: conn, epoch: epoch, id: id, watched: time.Now()}
	for ctx.Err() == nil {
		if err := r.step(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// answered says that an error is the server's reply, not the want of one.
func answered(err error) bool {
	_, ok := errors.AsType[redis.Error](err)
	return ok
}

// reader is a connection that reads a node's topics.
type reader struct {
	node    *node
	conn    *redis.Conn
	epoch   string
	id      int64
	watched time.Time
}

// step reads once.
func (r *reader) step(ctx context.Context) error {
	n := r.node
	if time.Since(r.watched) >= watchEvery {
		r.watched = time.Now()
		if now, err := epochOf(ctx, r.conn); err != nil {
			return err
		} else if now != r.epoch {
			return errors.New("feed: the server is another one than before")
		}
	}
	topics := n.following()
	if len(topics) == 0 {
		select {
		case <-n.begin:
		case <-time.After(watchEvery):
		case <-ctx.Done():
		}
		return nil
	}
	var err error
	var came bool
	if n.clustered {
		came, err = r.poll(ctx, topics)
	} else {
		came, err = r.wait(ctx, topics)
	}
	if err != nil {
		return err
	}
	if n.clustered && !came {
		sleep(ctx, clusterPause)
	} else if many := len(topics) - restFree; many > 0 && !n.clustered {
		sleep(ctx, time.Duration(many)*restEach)
	}
	return nil
}

// ask is one XREAD of topics.
func ask(topics []*topic, wait time.Duration) *redis.XReadArgs {
	n := len(topics)
	args := &redis.XReadArgs{Streams: make([]string, 2*n), Block: wait, Count: int64(min(max(entriesMost/n, eachLeast), eachMost))}
	for i, t := range topics {
		pos, _ := t.place()
		args.Streams[i], args.Streams[n+i] = t.key, pos.String()
	}
	return args
}

// wait reads all topics with one command that waits until something comes, or until somebody wants other topics read.
func (r *reader) wait(ctx context.Context, topics []*topic) (came bool, err error) {
	wait := blockShort
	if r.id != 0 {
		wait = block
		r.node.waiting.Store(r.id)
	}
	streams, err := r.conn.XRead(ctx, ask(topics, wait)).Result()
	r.node.waiting.Store(0)
	if err != nil && !errors.Is(err, redis.Nil) {
		return false, err
	}
	return len(streams) > 0, r.take(ctx, topics, streams)
}

// poll asks a cluster's node for the topics of each slot, in one round trip, without waiting: one command may not ask for several slots.
func (r *reader) poll(ctx context.Context, topics []*topic) (came bool, err error) {
	slots := map[uint16][]*topic{}
	for _, t := range topics {
		slots[commit.Slot(t.key)] = append(slots[commit.Slot(t.key)], t)
	}
	replies := make([]*redis.XStreamSliceCmd, 0, len(slots))
	_, _ = r.conn.Pipelined(ctx, func(p redis.Pipeliner) error { // each reply has its own error
		for _, list := range slots {
			replies = append(replies, p.XRead(ctx, ask(list, -1)))
		}
		return nil
	})
	for _, reply := range replies {
		streams, err := reply.Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return false, err
		}
		came = came || len(streams) > 0
		if err := r.take(ctx, topics, streams); err != nil {
			return false, err
		}
	}
	return came, nil
}

// take hands what was read to the topics.
func (r *reader) take(ctx context.Context, topics []*topic, streams []redis.XStream) error {
	if len(streams) == 0 {
		return nil
	}
	of := make(map[string]*topic, len(topics))
	for _, t := range topics {
		of[t.key] = t
	}
	for _, s := range streams {
		t := of[s.Stream]
		if t == nil || len(s.Messages) == 0 {
			continue
		}
		entries := decodeAll(r.epoch, s.Messages)
		pos, verify := t.place()
		if verify || len(entries) > 1 {
			whole, err := gapless(ctx, r.conn, t.key, pos)
			if err != nil {
				return err
			}
			if !whole {
				t.interrupt(r.epoch, entries[len(entries)-1].id, Trimmed)
				continue
			}
		}
		t.append(r.epoch, entries)
		now := time.Now()
		for i := range entries {
			r.node.hub.opts.Metrics.Message(now.Sub(time.UnixMilli(int64(entries[i].id.MS)))) //nolint:gosec // the time of Redis's clock
		}
	}
	return nil
}
