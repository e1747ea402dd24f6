package consumer

import (
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Options are what a Consumer is made of. Zero durations and counts take the defaults below.
type Options struct {
	// Redis is the broker. Its own retries must be off (MaxRetries -1): a blocking read must
	// not be sent twice, and commits are retried by package commit. It must speak RESP2 (Protocol 2).
	Redis redis.UniversalClient
	// Backend, when set, is another server for poll buffers.
	Backend             redis.Cmdable
	Stream, Group, Name string
	// Names are the keys that belong to the stream; zero is those that are its alone.
	Names   commit.Names
	Handler Handler
	// Slots bounds how many entries are held at a time.
	Slots int
	// Fair has tenants take turns where a backlog waits.
	Fair Fair
	// Lease is how long an entry is safe with a consumer that has stopped renewing; ClaimMinIdle
	// the same for consumers without a heartbeat, which never renew.
	Lease, ClaimMinIdle time.Duration
	// DeliveryLimit is how often an entry is handed out before it is given up unexecuted; Attempts
	// how often a passing failure is tried.
	DeliveryLimit, Attempts int
	// RetryPause is the first pause before a retry; it doubles up to RetryLongest.
	RetryPause, RetryLongest time.Duration
	// Timeout is how long one execution of an entry may take; 0 is no limit.
	Timeout time.Duration
	// DrainTimeout is what running work gets after ctx has ended.
	DrainTimeout time.Duration
	// DedupWindow is how long a resent request is recognized.
	DedupWindow time.Duration
	// Withdrawals says that requests may be withdrawn (commit.Withdraw).
	Withdrawals bool
	// Lines says that entries come by commit.Queue: the consumer sees that no line waits for an entry that is gone.
	Lines bool
	// Durability is what commits wait for.
	Durability commit.Durability
	Log        *slog.Logger
	Hooks      Hooks
}

// Hooks are told of events, for metrics; nil ones are left out. They are called from many goroutines.
type Hooks struct {
	Read, Claimed, Lost, Requeued, GroupCreated, Released func(n int)
	Committed                                             func(status string)
	Commit                                                func(submissions int, elapsed time.Duration, err error)
	// Unreplicated is told of commits that are made, and that replicas or the disk did not have in time.
	Unreplicated func(n int)
}

func call(hook func(int), n int) {
	if hook != nil && n > 0 {
		hook(n)
	}
}

// The defaults, and what is not worth a setting.
const (
	readBlock    = time.Second
	readShortly  = 20 * time.Millisecond
	tickMost     = time.Second
	lastCommits  = 3 * time.Second
	pauseFirst   = 50 * time.Millisecond
	pauseLongest = 3 * time.Second
	// ledgerTTL outlasts what the server's clock may jump forward: what a request has sent must not be forgotten before its end.
	ledgerTTL = 72 * time.Hour
)

func (o *Options) setDefaults() {
	orInt := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	orInt(&o.Slots, 64)
	orInt(&o.DeliveryLimit, 5)
	orInt(&o.Attempts, 5)
	orTime(&o.Lease, 30*time.Second)
	orTime(&o.ClaimMinIdle, 300*time.Second)
	orTime(&o.RetryPause, time.Second)
	orTime(&o.RetryLongest, time.Minute)
	orTime(&o.DrainTimeout, 25*time.Second)
	orTime(&o.DedupWindow, time.Hour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}
