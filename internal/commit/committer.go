package commit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// Bounds of one script call. The server runs nothing else meanwhile, so a call must stay short.
const (
	maxBatch      = 128
	maxBatchBytes = 1 << 20
	queueSize     = 1024
	// lanes are calls under way at the same time: while the server works on one, the next is encoded.
	lanes        = 2
	firstPause   = 20 * time.Millisecond
	longestPause = 2 * time.Second
)

// ErrStopped says that the committer has ended; the submission was not sent.
var ErrStopped = errors.New("commit: the committer has stopped")

// Options are what a Committer is made of.
type Options struct {
	// Redis is the broker. Its own retries must be off: the committer retries, knowing that it may.
	Redis redis.Cmdable
	// Backend, when set, is another server that holds poll buffers: SetField and CountFinished go there.
	Backend redis.Cmdable
	// Cluster says that Redis is a cluster, whose steps reach one slot each.
	Cluster         bool
	Names           Names
	Group, Consumer string
	// DeleteFinished says whether finished entries may be deleted from the stream now.
	DeleteFinished func() bool
	// Window is how long a resent request is recognized; LedgerTTL how long an unfinished one's ledger lasts.
	Window, LedgerTTL time.Duration
	// OnNoGroup makes the group again; the submissions of the call are then fenced, and their entries come again.
	OnNoGroup func(ctx context.Context) error
	// Durability is what calls to the broker wait for; Waited, when set, is told of each whether that came.
	Durability Durability
	Waited     func(reached bool)
	// Observe, when set, is told of each call: how many submissions, and how long.
	Observe func(submissions int, elapsed time.Duration, err error)
}

// Committer sends submissions in batches: whatever has arrived while the last call was under way goes
// into the next one. Submissions of one request are written in the order in which they were submitted.
type Committer struct {
	o      Options
	queues [lanes]chan *pending
	// home is the slot of the stream, on a cluster.
	home uint16
	// stopped is closed when Run has returned: what is queued then stays unsent.
	stopped chan struct{}
}

// Waiter is told what became of a submission: once, from the committer's goroutine, which must not be held up.
type Waiter interface {
	Answered(status Status, err error)
	// Lost says that the entry is given up. What is left of its submissions is fenced without asking the server: the entry may have come back to this
	// consumer after a submission was fenced, and the next one would be written without it.
	Lost() bool
}

// pending is a submission on its way.
type pending struct {
	sub    Submission
	size   int
	waiter Waiter
}

// New returns a committer; Run makes it work.
func New(o Options) *Committer {
	c := &Committer{o: o, home: Slot(o.Names.Stream), stopped: make(chan struct{})}
	for i := range c.queues {
		c.queues[i] = make(chan *pending, queueSize)
	}
	return c
}

// Submit queues a submission; w gets its answer unless Submit itself fails. It waits while the queue is full, and fails
// when ctx ends first.
func (c *Committer) Submit(ctx context.Context, s Submission, w Waiter) error {
	queue := c.queues[s.Lane%lanes]
	p := &pending{sub: s, size: sizeOf(&s), waiter: w}
	select {
	case queue <- p:
	default:
		select {
		case queue <- p:
		case <-c.stopped:
			return ErrStopped
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	select {
	case <-c.stopped:
		abandon(queue, ErrStopped) // nobody else looks into the queue any more
	default:
	}
	return nil
}

// Run sends batches until ctx ends; what is still queued then fails, unsent. Whoever submits therefore
// ends its own work first. It is called once.
func (c *Committer) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, queue := range c.queues {
		running.Go(func() { c.drive(ctx, queue) })
	}
	running.Wait()
	close(c.stopped)
	for _, queue := range c.queues {
		abandon(queue, ErrStopped)
	}
}

// drive sends what arrives in one lane.
func (c *Committer) drive(ctx context.Context, queue chan *pending) {
	for {
		select {
		case p := <-queue:
			c.flush(ctx, wanted(gather(queue, p)))
		case <-ctx.Done():
			return
		}
	}
}

// wanted answers what belongs to lost entries, and returns the rest.
func wanted(batch []*pending) []*pending {
	return slices.DeleteFunc(batch, func(p *pending) bool {
		lost := p.waiter.Lost()
		if lost {
			p.waiter.Answered(Fenced, nil)
		}
		return lost
	})
}

// gather takes what has arrived, up to the bounds of one call.
func gather(queue chan *pending, first *pending) []*pending {
	batch, size := []*pending{first}, first.size
	for len(batch) < maxBatch && size < maxBatchBytes {
		select {
		case p := <-queue:
			batch = append(batch, p)
			size += p.size
		default:
			return batch
		}
	}
	return batch
}

func abandon(queue chan *pending, err error) {
	for {
		select {
		case p := <-queue:
			p.waiter.Answered("", err)
		default:
			return
		}
	}
}

// flush sends a batch until the server has answered for each of its submissions. The script is idempotent, so a
// call whose reply was lost is simply sent again: what it had finished comes back fenced.
func (c *Committer) flush(ctx context.Context, batch []*pending) {
	pause := firstPause
	for len(batch) > 0 {
		begin := time.Now()
		answers, err := c.call(ctx, batch)
		if c.o.Observe != nil {
			c.o.Observe(len(batch), time.Since(begin), err)
		}
		if err == nil {
			if batch = settle(batch, answers); len(batch) == 0 {
				return
			}
		} else if !passing(err) {
			for _, p := range batch {
				p.waiter.Answered("", fault.New(fault.Permanent, "commit_failed", "", fmt.Errorf("commit: %w", err)))
			}
			return
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		case <-ctx.Done():
			for _, p := range batch {
				p.waiter.Answered("", context.Cause(ctx))
			}
			return
		}
	}
}

// settle finishes what was answered, and returns what has to be sent again.
func settle(batch []*pending, answers []string) (again []*pending) {
	for i, p := range batch {
		text, failed := strings.CutPrefix(answers[i], "error: ")
		switch {
		case !failed:
			p.waiter.Answered(Status(answers[i]), nil)
		case passingText(text):
			p.sub.Fresh = false // a part of it may be written by now
			again = append(again, p)
		default:
			p.waiter.Answered("", fault.New(fault.Permanent, "output_unwritable", "", errors.New("commit: "+text)))
		}
	}
	return again
}
