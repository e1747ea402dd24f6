package revocation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

const (
	// lookEvery is how often the stream is asked for what is new.
	lookEvery = 250 * time.Millisecond
	// wholeEvery is after how many looks all of it is read: a Redis whose clock went back gives out ids that were passed before.
	wholeEvery = 120
	// firstLook is how long a token waits for the first look.
	firstLook = 2 * time.Second
)

// ErrUnknown says that revocations have not been read yet: nobody can say whether a token is good.
var ErrUnknown = errors.New("revocation: the list has not been read yet")

// List is what a process knows of revocations. It is safe for concurrent use.
type List struct {
	rdb redis.UniversalClient
	key string
	log *slog.Logger
	// whole is after how many looks all of the stream is read.
	whole int

	known chan struct{} // closed with the first look
	last  string        // the entry that Run has read last

	mu      sync.RWMutex
	ends    map[tokens]end
	changed chan struct{} // closed, and made anew, where something was added
}

// tokens are those that one revocation is about.
type tokens struct{ id, subject, tenant string }

// end is until when a revocation counts, and for tokens that were issued before when.
type end struct{ before, until time.Time }

// NewList returns a list that knows nothing until it runs.
func NewList(rdb redis.UniversalClient, key string, log *slog.Logger) *List {
	return &List{rdb: rdb, key: key, log: log, whole: wholeEvery, known: make(chan struct{}), ends: map[tokens]end{}, changed: make(chan struct{})}
}

// Run follows the stream until ctx ends. While Redis does not answer, what is known holds.
func (l *List) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	down := false
	for looks := 0; ; looks++ {
		err := l.look(ctx, looks%l.whole == 0)
		if failed := err != nil && ctx.Err() == nil; failed != down {
			if down = failed; failed {
				l.log.WarnContext(ctx, "revocations of tokens are not seen: those that are known hold", telemetry.Err(err))
			} else {
				l.log.InfoContext(ctx, "revocations of tokens are seen again")
			}
		}
		if err != nil {
			looks = -1 // the Redis that answers next may be another one
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look reads what is new, or all there is.
func (l *List) look(ctx context.Context, whole bool) error {
	if whole {
		l.last = ""
	}
	list, err := after(ctx, l.rdb, l.key, l.last)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		l.last = list[len(list)-1].ID
	}
	l.learn(list, whole, time.Now())
	select {
	case <-l.known:
	default:
		close(l.known)
	}
	return nil
}

// learn adds revocations to what is known. What was known stays until it ends, whatever has become of it in Redis.
func (l *List) learn(list []Revocation, forget bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if forget {
		for of, e := range l.ends {
			if !e.until.After(now) {
				delete(l.ends, of)
			}
		}
	}
	news := false
	for _, r := range list {
		of := tokens{r.TokenID, r.Subject, r.Tenant}
		if of == (tokens{}) || !r.ExpiresAt.After(now) {
			continue
		}
		was := l.ends[of]
		is := end{before: later(was.before, r.IssuedBefore), until: later(was.until, r.ExpiresAt)}
		if is != was {
			l.ends[of], news = is, true
		}
	}
	if news {
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Await returns when revocations are known. A process that has just started and cannot read them lets nobody in (ErrUnknown).
func (l *List) Await(ctx context.Context) error {
	select {
	case <-l.known:
		return nil
	default:
	}
	timer := time.NewTimer(firstLook)
	defer timer.Stop()
	select {
	case <-l.known:
		return nil
	case <-timer.C:
		return ErrUnknown
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Revoked says whether a caller's token was revoked, as far as is known.
func (l *List) Revoked(who *caller.Caller) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if len(l.ends) == 0 {
		return false
	}
	now := time.Now()
	// What was left out of a revocation is empty in it: it is about tokens with anything there.
	for which := 1; which < 8; which++ {
		var of tokens
		if which&1 != 0 {
			of.id = who.TokenID
		}
		if which&2 != 0 {
			of.subject = who.Subject
		}
		if which&4 != 0 {
			of.tenant = who.Tenant
		}
		if e, found := l.ends[of]; found && of != (tokens{}) && e.until.After(now) && (of.id != "" || who.Issued.Before(e.before)) {
			return true
		}
	}
	return false
}

// Changed returns a channel that is closed when more was revoked.
func (l *List) Changed() <-chan struct{} {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.changed
}
