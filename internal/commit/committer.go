package commit

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

//go:embed commit.lua
var scriptText string

//nolint:gochecknoglobals // a compiled script is a constant
var script = redis.NewScript(scriptText)

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
	Backend         redis.Cmdable
	Names           Names
	Group, Consumer string
	// DeleteFinished says whether finished entries may be deleted from the stream now.
	DeleteFinished func() bool
	// Window is how long a resent request is recognized; LedgerTTL how long an unfinished one's ledger lasts.
	Window, LedgerTTL time.Duration
	// OnNoGroup makes the group again; the submissions of the call are then fenced, and their entries come again.
	OnNoGroup func(ctx context.Context) error
	// Observe, when set, is told of each call: how many submissions, and how long.
	Observe func(submissions int, elapsed time.Duration, err error)
}

// Committer sends submissions in batches: whatever has arrived while the last call was under way goes
// into the next one. Submissions of one request are written in the order in which they were submitted.
type Committer struct {
	o      Options
	queues [lanes]chan *Pending
	// stopped is closed when Run has returned: what is queued then stays unsent.
	stopped chan struct{}
}

// Pending is a submission on its way.
type Pending struct {
	sub  Submission
	size int
	done chan struct{}
	// stopped is the committer's.
	stopped chan struct{}
	// Status and err are set before done is closed.
	status Status
	err    error
}

// New returns a committer; Run makes it work.
func New(o Options) *Committer {
	c := &Committer{o: o, stopped: make(chan struct{})}
	for i := range c.queues {
		c.queues[i] = make(chan *Pending, queueSize)
	}
	return c
}

// Submit queues a submission. It waits while the queue is full, and fails when ctx ends first.
func (c *Committer) Submit(ctx context.Context, s Submission) (*Pending, error) {
	p := &Pending{sub: s, size: sizeOf(&s), done: make(chan struct{}), stopped: c.stopped}
	select {
	case c.queues[lane(s.Request)] <- p:
		return p, nil
	case <-c.stopped:
		return nil, ErrStopped
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Done is closed when the submission has an outcome.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Result returns the outcome; it may be called once Done is closed.
func (p *Pending) Result() (Status, error) { return p.status, p.err }

// Wait waits for the outcome.
func (p *Pending) Wait(ctx context.Context) (Status, error) {
	select {
	case <-p.done:
		return p.status, p.err
	case <-p.stopped:
		select {
		case <-p.done:
			return p.status, p.err
		default:
			return "", ErrStopped
		}
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// Run sends batches until ctx ends; what is still queued then fails, unsent. Whoever submits therefore
// ends its own work first. It is called once.
func (c *Committer) Run(ctx context.Context) {
	defer close(c.stopped)
	var running sync.WaitGroup
	for _, queue := range c.queues {
		running.Go(func() { c.drive(ctx, queue) })
	}
	running.Wait()
}

// drive sends what arrives in one lane.
func (c *Committer) drive(ctx context.Context, queue chan *Pending) {
	for {
		select {
		case p := <-queue:
			c.flush(ctx, gather(queue, p))
		case <-ctx.Done():
			abandon(queue, context.Cause(ctx))
			return
		}
	}
}

// lane keeps all of a request in one lane, so that its outputs stay in order.
func lane(request string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(request))
	return h.Sum32() % lanes
}

// gather takes what has arrived, up to the bounds of one call.
func gather(queue chan *Pending, first *Pending) []*Pending {
	batch, size := []*Pending{first}, first.size
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

func abandon(queue chan *Pending, err error) {
	for {
		select {
		case p := <-queue:
			p.finish("", err)
		default:
			return
		}
	}
}

// flush sends a batch until the server has answered for each of its submissions. The script is idempotent, so a
// call whose reply was lost is simply sent again: what it had finished comes back fenced.
func (c *Committer) flush(ctx context.Context, batch []*Pending) {
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
				p.finish("", fault.New(fault.Permanent, "commit_failed", "", fmt.Errorf("commit: %w", err)))
			}
			return
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, longestPause)
		case <-ctx.Done():
			for _, p := range batch {
				p.finish("", context.Cause(ctx))
			}
			return
		}
	}
}

// settle finishes what was answered, and returns what has to be sent again.
func settle(batch []*Pending, answers []string) (again []*Pending) {
	for i, p := range batch {
		text, failed := strings.CutPrefix(answers[i], "error: ")
		switch {
		case !failed:
			p.finish(Status(answers[i]), nil)
		case passingText(text):
			again = append(again, p)
		default:
			p.finish("", fault.New(fault.Permanent, "output_unwritable", "", errors.New("commit: "+text)))
		}
	}
	return again
}

func (p *Pending) finish(s Status, err error) {
	p.status, p.err = s, err
	close(p.done)
}

// call runs the script once for a batch, first on the backend for what belongs there.
func (c *Committer) call(ctx context.Context, batch []*Pending) ([]string, error) {
	subs := make([]*Submission, len(batch))
	for i, p := range batch {
		subs[i] = &p.sub
	}
	if c.o.Backend != nil {
		var err error
		if subs, err = c.backendFirst(ctx, subs); err != nil {
			return nil, err
		}
	}
	answers, err := c.run(ctx, c.o.Redis, subs)
	if err != nil && strings.HasPrefix(err.Error(), "NOGROUP") {
		if err := c.o.OnNoGroup(ctx); err != nil {
			return nil, err
		}
		return c.run(ctx, c.o.Redis, subs)
	}
	return answers, err
}

// run runs the script on one server.
func (c *Committer) run(ctx context.Context, on redis.Cmdable, subs []*Submission) ([]string, error) {
	lowest, highest := entries(subs)
	args := make([]any, 0, 10+len(subs)*24)
	args = append(args, c.o.Group, c.o.Consumer, flag(c.o.DeleteFinished == nil || c.o.DeleteFinished()),
		c.o.Names.DonePrefix, c.o.Names.LedgerPrefix,
		max(1, int64(c.o.Window/time.Second)), max(1, int64(c.o.LedgerTTL/time.Second)),
		lowest, highest, len(subs))
	for _, s := range subs {
		args = appendArgs(args, s)
	}
	answers, err := script.Run(ctx, on, []string{c.o.Names.Stream, c.o.Names.Delayed}, args...).StringSlice()
	if err != nil {
		return nil, err
	}
	if len(answers) != len(subs) {
		return nil, fmt.Errorf("commit: %d answers for %d submissions", len(answers), len(subs))
	}
	return answers, nil
}

func sizeOf(s *Submission) (n int) {
	for i := range s.Outputs {
		for _, op := range s.Outputs[i].Ops {
			switch op := op.(type) {
			case Append:
				for _, f := range op.Fields {
					n += len(f)
				}
			case SetField:
				n += len(op.Value)
			}
		}
	}
	return n
}
