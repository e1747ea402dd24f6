package feed

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// enter takes a server on. Where it is another one than before, all who follow are told, and are given what this one has.
func (n *node) enter(ctx context.Context, conn *redis.Conn, epoch string) error {
	n.mu.Lock()
	same := n.last == "" || n.last == epoch
	topics := make([]*topic, 0, len(n.topics))
	for _, t := range n.topics {
		topics = append(topics, t)
	}
	n.mu.Unlock()
	for len(topics) > 0 {
		part := topics[:min(len(topics), page)]
		topics = topics[len(part):]
		if same {
			// A stream may have been trimmed meanwhile.
			for _, t := range part {
				t.doubt()
			}
			continue
		}
		if err := renew(ctx, conn, epoch, part); err != nil {
			return err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.epoch, n.last = epoch, epoch
	close(n.connected)
	return nil
}

// renew begins an epoch for topics, each at the end of what the server has.
func renew(ctx context.Context, conn *redis.Conn, epoch string, topics []*topic) error {
	replies := make([]*redis.XMessageSliceCmd, len(topics))
	_, _ = conn.Pipelined(ctx, func(p redis.Pipeliner) error { // each reply has its own error
		for i, t := range topics {
			replies[i] = p.XRevRangeN(ctx, t.key, "+", "-", 1)
		}
		return nil
	})
	for i, t := range topics {
		last, err := replies[i].Result()
		if err != nil {
			return err
		}
		at := ID{}
		if len(last) > 0 {
			at, _ = ParseID(last[0].ID)
		}
		t.interrupt(epoch, at, Epoch)
	}
	return nil
}

// scatter has the topics of a node looked for anew: a cluster has moved some of them, or all. Those who follow are told that it is another server.
func (h *Hub) scatter(ctx context.Context, n *node) {
	c, ok := h.opts.Redis.(*redis.ClusterClient)
	if !ok {
		return
	}
	c.ReloadState(ctx)
	for _, t := range n.following() {
		to, err := h.nodeOf(ctx, t.key)
		if err != nil || to == n {
			continue
		}
		n.detach(t)
		t.lose()
	}
}
