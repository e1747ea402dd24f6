package app

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/broker"
	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// admitPause is the time between two questions to a server that does not answer yet.
const admitPause = time.Second

// admission keeps consumers from a server that would lose what they are given.
type admission struct {
	broker, backend redis.Cmdable // backend is nil where it is the broker
	evictionAllowed bool
	durability      commit.Durability
	log             *slog.Logger

	once sync.Once
	err  error
}

// wait waits until the broker answers, and says whether entries may be read from it. All who wait get the same answer.
func (a *admission) wait(ctx context.Context) error {
	a.once.Do(func() { a.err = a.ask(ctx) })
	return a.err
}

func (a *admission) ask(ctx context.Context) error {
	s, err := broker.Ask(ctx, a.broker)
	for ; err != nil; s, err = broker.Ask(ctx, a.broker) {
		a.log.LogAttrs(ctx, slog.LevelWarn, "broker is not ready", slog.Any("error", err))
		select {
		case <-time.After(admitPause):
		case <-ctx.Done():
			return fmt.Errorf("the broker was never ready: %w", err)
		}
	}
	for _, known := range broker.Advisories(s.Product, s.Version) {
		a.log.LogAttrs(ctx, slog.LevelWarn, "broker's version has a known fault, unless its distribution has mended it", slog.String("version", s.Product+" "+s.Version.String()), slog.String("advisory", known.ID))
	}
	if a.backend != nil {
		if other, err := broker.Ask(ctx, a.backend); err == nil && other.Evicts() {
			a.log.LogAttrs(ctx, slog.LevelWarn, "the backend Redis may drop buffered results when its memory is full", slog.String("maxmemory_policy", other.Eviction))
		}
	}
	if err := a.durability.Check(ctx, a.broker); err != nil {
		return fmt.Errorf("%w\nAPP_DISPATCHER_WAIT_REPLICAS and APP_DISPATCHER_WAIT_FSYNC say what commits wait for; the broker is %s %s", err, s.Product, s.Version)
	}
	if a.durability.Replicas > s.Replicas && s.Product != "" {
		a.log.LogAttrs(ctx, slog.LevelWarn, "the broker has fewer replicas than commits are to wait for", slog.Int("replicas", s.Replicas), slog.Int("wanted", a.durability.Replicas))
	}
	switch {
	case !s.Evicts():
		return nil
	case a.evictionAllowed:
		a.log.LogAttrs(ctx, slog.LevelWarn, "the broker may drop requests and results when its memory is full", slog.String("maxmemory_policy", s.Eviction))
		return nil
	}
	return fmt.Errorf("the broker's maxmemory-policy is %s: when its memory is full it drops requests, results and marks without a word.\n"+
		"Set it to noeviction (redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf), or give the streams a Redis of their own.\n"+
		"APP_DISPATCHER_ALLOW_EVICTION=true starts nevertheless", s.Eviction)
}
