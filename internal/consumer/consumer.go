// Package consumer reads a Redis stream as one member of a consumer group and sees that every entry is served to its
// end exactly once: by this process, or by a peer when this one dies.
//
// It knows nothing of what an entry means: a Handler computes, package commit publishes and acknowledges.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Consumer is one member of a group. Run it once.
type Consumer struct {
	Options
	names     commit.Names
	committer *commit.Committer
	places    places
	// fair is the reader's.
	fair    fair
	workers workers
	held    holdings
	// renewing is held while leases are renewed, or given up.
	renewing sync.Mutex
	// lane is that of the entries which the reader takes next, reply what it reads into; they are the reader's.
	lane  uint8
	reply reply
	// running counts what is held, until its commit has an answer.
	running sync.WaitGroup
	// base is the context of what must not be canceled with the rest: it has ctx's values and never ends.
	base context.Context //nolint:containedctx // the parent of all leases
	// alone says that ours is the stream's only group, so that finished entries may be deleted.
	alone atomic.Bool
	// recheckOwn asks the reader to look for entries whose read reply was lost.
	recheckOwn atomic.Bool
	// suspectsWait says that entries were left for later because they are not served beside others: the reader looks again soon.
	suspectsWait atomic.Bool
	// recheckForeign asks the reader, who has the slots, to look for what others left behind.
	recheckForeign atomic.Bool
	lines          lines
	withdrawals    withdrawals
	// paused says that an operator has reading wait.
	paused atomic.Bool
	// behind says that the last commit was not copied in time.
	behind atomic.Bool
}

var errLost = errors.New("consumer: the lease was lost")

// New returns a consumer.
func New(o Options) *Consumer {
	o.setDefaults()
	if o.Names.Stream == "" {
		o.Names = commit.NamesOf(o.Stream)
	}
	c := &Consumer{Options: o, names: o.Names, places: newPlaces()}
	c.workers.run = c.serve
	_, cluster := o.Redis.(*redis.ClusterClient)
	c.committer = commit.New(commit.Options{
		Redis: o.Redis, Backend: o.Backend, Cluster: cluster, Names: c.names, Group: o.Group, Consumer: o.Name,
		DeleteFinished: c.alone.Load, Window: o.DedupWindow, LedgerTTL: ledgerTTL,
		OnNoGroup: c.createGroup, Observe: o.Hooks.Commit, Durability: o.Durability, Waited: c.waited,
	})
	return c
}

// Run serves entries until ctx ends. Then it drains: reading stops at once, running work gets its time,
// what is left is handed back. It returns nil after a drain.
func (c *Consumer) Run(ctx context.Context) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	// Three lives: reading ends with ctx, work and its leases after the drain, committing last of all.
	base := context.WithoutCancel(ctx)
	c.base = base
	leases, stopLeases := context.WithCancel(base)
	defer stopLeases()
	commits, stopCommits := context.WithCancel(base)
	defer stopCommits()

	var background, committing sync.WaitGroup
	committing.Go(func() { c.committer.Run(commits) })
	background.Go(func() { c.every(leases, c.Lease/4, c.renew) })
	background.Go(func() { c.every(ctx, min(c.Lease/4, tickMost), c.tidy) })
	if c.Withdrawals {
		background.Go(func() { c.followWithdrawals(ctx, leases) })
	}
	c.recheckOwn.Store(true)
	c.lookForPause(ctx)
	c.read(ctx)

	c.workers.close() // the reader was the only one to give them work
	c.drain(stopCommits)
	stopLeases()
	background.Wait()
	c.leave(commits)
	stopCommits()
	committing.Wait()
	return nil
}

// waited notes whether a commit is where it should be. The log has each change, the hook each commit that is not.
func (c *Consumer) waited(reached bool) {
	if !reached {
		call(c.Hooks.Unreplicated, 1)
	}
	switch changed := c.behind.Swap(!reached) == reached; {
	case changed && reached:
		c.Log.Info("commits are copied in time again", slog.String("stream", c.Stream))
	case changed:
		c.Log.Warn("commits are made, and are not copied in time: a failover now loses them", slog.String("stream", c.Stream),
			slog.Int("replicas", c.Durability.Replicas), slog.Bool("fsync", c.Durability.Fsync), slog.Duration("timeout", c.Durability.Timeout))
	}
}

// prepare waits for the broker, makes the group, and shows the first heartbeat: before the first entry is read, or peers
// would take a consumer that dies right after it for one that never renews. It knows whether finished entries go, too: one that was
// acknowledged and stays would stay for ever. And it knows what was withdrawn.
func (c *Consumer) prepare(ctx context.Context) error {
	pause := pauseFirst
	for {
		err := c.createGroup(ctx)
		if err == nil {
			err = c.beat(ctx)
		}
		if err == nil {
			err = c.checkAlone(ctx)
		}
		if err == nil && c.Withdrawals {
			err = c.hear(ctx)
		}
		if err == nil {
			return nil
		}
		c.Log.LogAttrs(ctx, slog.LevelWarn, "broker is not ready", slog.Any("error", err))
		if !sleep(ctx, pause) {
			return fmt.Errorf("consumer: broker was never ready: %w", err)
		}
		pause = min(2*pause, pauseLongest)
	}
}

// drain waits for running work, cancels what is left when its time is over, and waits for that.
func (c *Consumer) drain(stopCommits context.CancelFunc) {
	done := make(chan struct{})
	go func() { c.workers.all.Wait(); c.running.Wait(); close(done) }()
	grace := time.NewTimer(c.DrainTimeout)
	defer grace.Stop()
	select {
	case <-done:
	case <-grace.C:
	}
	c.held.drain()
	// What ends now still commits, if the broker lets it; a broker that is away must not hold the process.
	last := time.NewTimer(lastCommits)
	defer last.Stop()
	select {
	case <-done:
	case <-last.C:
		stopCommits()
		<-done
	}
}

// leave takes this consumer out of the group when nothing is pending for it.
func (c *Consumer) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	err := removeScript.Run(ctx, c.Redis, []string{c.Stream, c.names.Consumers}, c.Group, c.Name, "").Err()
	if err != nil {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "consumer was not removed from its group", slog.Any("error", err))
	}
}

// every runs f now and then, with jitter, until ctx ends.
func (c *Consumer) every(ctx context.Context, period time.Duration, f func(context.Context)) {
	for {
		f(ctx)
		if !sleep(ctx, jitter(period)) {
			return
		}
	}
}
