package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// longestRetryAfter bounds how long a live service can put an event off.
const longestRetryAfter = 10 * time.Minute

// Options are what a Poster is made of.
type Options struct {
	// Service is the protocol that the live service speaks.
	Service Service
	// Client must not follow redirects and must have a time limit; NewClient returns such a one.
	Client *http.Client
	// GiveUpAfter is the age from which an event that is not taken goes to the dead letters; 0 is none.
	GiveUpAfter time.Duration
	DeadLetters deadletter.Sink
	// Outbox and Consumer are named in dead letters.
	Outbox, Consumer string
	Now              func() time.Time
	Log              *slog.Logger
	// Observe, when set, is told of each post: the HTTP status, or 0 without one, and the time that it took.
	Observe func(status int, took time.Duration)
	// GaveUp, when set, is told of each dead letter's reason.
	GaveUp func(reason string)
	// State, when set, is told when the breaker comes into a state.
	State func(state int)
}

// Poster is the outbox's handler: it posts one event an entry. What the service refuses for good, or for too
// long, goes to the dead letters with the last status. A service that takes nothing is left alone for a while: events are
// put off meanwhile, which costs them no attempt.
type Poster struct {
	Options
	breaker *breaker
}

var _ consumer.Handler = (*Poster)(nil)

// NewPoster returns a Poster.
func NewPoster(o Options) *Poster { return &Poster{Options: o, breaker: newBreaker(o.State)} }

// NewClient returns a client for posting: redirects are answers, not orders.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Handle posts the entry's event, unless the service is left alone now.
func (p *Poster) Handle(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
	period, wait, cause := p.breaker.allow()
	if wait > 0 {
		err := fault.New(fault.Transient, models.ReasonLiveFailed, "", fmt.Errorf("live: the service is left alone for now: %w", cause))
		// Spread, so that the service is not met by all of them when it is back.
		return p.limited(e, consumer.Outcome{Err: err, After: wait + rand.N(breakerDelay/2), Uncharged: true})
	}
	begin := time.Now()
	status, after, err := p.post(ctx, e)
	if class := fault.ClassOf(err); class == fault.Transient || class == fault.Throttled {
		p.breaker.record(period, err, after) // one that was given up by its worker counts too: the next post finds out
	} else {
		p.breaker.record(period, nil, 0)
	}
	if p.Observe != nil {
		p.Observe(status, time.Since(begin))
	}
	if err != nil {
		p.Log.LogAttrs(ctx, slog.LevelWarn, "live event not taken", slog.String("entry", e.ID),
			slog.Int("status", status), slog.Int("attempt", e.Attempt), slog.Any("error", err))
		return p.limited(e, consumer.Outcome{Err: err, After: after})
	}
	return consumer.Outcome{Outputs: p.passed(e)}
}

// limited ends an event that has not been taken in its time.
func (p *Poster) limited(e *consumer.Entry, o consumer.Outcome) consumer.Outcome {
	if age := p.Now().Sub(madeAt(e)); p.GiveUpAfter > 0 && age >= p.GiveUpAfter {
		return consumer.Outcome{Err: fault.New(fault.Permanent, models.ReasonLiveFailed, "", fmt.Errorf("live: not taken in %v: %w", age.Round(time.Second), o.Err))}
	}
	return o
}

// madeAt is when an event was made; where it does not say, when it came onto the outbox.
func madeAt(e *consumer.Entry) time.Time {
	text, ok := e.Field(fieldMade)
	if !ok {
		text, _, _ = strings.Cut(e.First, "-")
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Now() // it came from elsewhere
	}
	return time.UnixMilli(ms)
}

// passed lets the next event of the routing key go, with the end of this one.
func (p *Poster) passed(e *consumer.Entry) []commit.Output {
	key, ok := e.Field(fieldRoutingKey)
	if !ok {
		return nil
	}
	return []commit.Output{{Ops: []commit.Op{commit.Pass{Stream: p.Outbox, Key: key, Turn: e.First}}}}
}

// GiveUp dead-letters the event. Where the service says that nobody is there, a live dashboard ends.
func (p *Poster) GiveUp(_ context.Context, e *consumer.Entry, _ consumer.Emitter, err error) consumer.Outcome {
	payload, _ := e.Field(fieldPayload)
	event, _ := e.Field(fieldEvent)
	key, _ := e.Field(fieldRoutingKey)
	if p.GaveUp != nil {
		p.GaveUp(models.ReasonLiveFailed)
	}
	ops := []commit.Op{p.DeadLetters.Write(&deadletter.Letter{
		Payload: payload, EventName: event, RoutingKey: key,
		Reason: models.ReasonLiveFailed, Detail: err.Error(),
		MessageID: e.ID, First: e.First, Attempts: e.Attempt, Deliveries: e.Deliveries,
		Consumer: p.Consumer, FailedAt: p.Now(), Stream: p.Outbox, Fields: e.Fields,
	})}
	if round, ok := e.Field(fieldRoundKey); ok && errors.Is(err, errNobody) {
		holder, _ := e.Field(fieldHolder)
		ops = append(ops, commit.Round{Key: round, Holder: holder})
	}
	return consumer.Outcome{Outputs: append([]commit.Output{{Ops: ops}}, p.passed(e)...)}
}

// longestAnswer is what is read of an answer: a short one so that the connection can be used again, and what it says; a long one is not worth it.
const longestAnswer = 16 << 10

// post gives the service the event once, and has its protocol judge the answer.
func (p *Poster) post(ctx context.Context, e *consumer.Entry) (status int, after time.Duration, err error) {
	event, err := eventOf(e)
	if err != nil {
		return 0, 0, err
	}
	req, err := p.Service.Request(ctx, event, p.Now())
	if err != nil {
		return 0, 0, permanent(fmt.Errorf("live: make request: %w", err))
	}
	res, err := p.Client.Do(req)
	if err != nil {
		return 0, 0, transient(fmt.Errorf("live: post: %w", err))
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, longestAnswer)) // a service that has answered has the event, also where the rest is lost
	err = p.Service.Judge(res, body)
	if class := fault.ClassOf(err); class == fault.Transient || class == fault.Throttled {
		after = retryAfter(res.Header, p.Now())
	}
	return res.StatusCode, after, err
}

// retryAfter reads the header Retry-After in both of its forms: seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	var after time.Duration
	if seconds, err := strconv.Atoi(v); err == nil {
		after = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		after = at.Sub(now)
	}
	return min(max(after, 0), longestRetryAfter)
}
