package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
)

// longestRetryAfter bounds how long a live service can put an event off.
const longestRetryAfter = 10 * time.Minute

// Poster is the outbox's handler: it posts one event an entry. What the service refuses for good, or for too
// long, goes to the dead letters with the last status.
type Poster struct {
	// URL is the service's base URL with the path.
	URL string
	// Client must not follow redirects and must have a time limit; NewClient returns such a one.
	Client *http.Client
	// Keys sign each post; without one posts are not signed.
	Keys        Keys
	DeadLetters deadletter.Sink
	// Outbox and Consumer are named in dead letters.
	Outbox, Consumer string
	Now              func() time.Time
	Log              *slog.Logger
	// Observe, when set, is told of each post: the HTTP status, or 0 without one, and the time that it took.
	Observe func(status int, took time.Duration)
	// GaveUp, when set, is told of each dead letter's reason.
	GaveUp func(reason string)
}

var _ consumer.Handler = (*Poster)(nil)

// NewClient returns a client for posting: redirects are answers, not orders.
func NewClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Handle posts the entry's event.
func (p *Poster) Handle(ctx context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
	begin := time.Now()
	status, after, err := p.post(ctx, e)
	if p.Observe != nil {
		p.Observe(status, time.Since(begin))
	}
	if err != nil {
		p.Log.LogAttrs(ctx, slog.LevelWarn, "live event not taken", slog.String("entry", e.ID),
			slog.Int("status", status), slog.Int("attempt", e.Attempt), slog.Any("error", err))
	}
	return consumer.Outcome{Err: err, After: after}
}

// errNobody says that the service knows no such reader, or none any more.
var errNobody = errors.New("nobody is there")

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
	return consumer.Outcome{Outputs: []commit.Output{{Ops: ops}}}
}

// post sends the event once and classifies the answer: 2xx is success; 408, 425, 429 and 5xx may
// pass; everything else, redirects included, will be the same next time.
func (p *Poster) post(ctx context.Context, e *consumer.Entry) (status int, after time.Duration, err error) {
	payload, ok := e.Field(fieldPayload)
	if !ok {
		return 0, 0, fault.New(fault.Permanent, models.ReasonLiveFailed, "", errors.New("live: outbox entry without payload"))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader([]byte(payload)))
	if err != nil {
		return 0, 0, fault.New(fault.Permanent, models.ReasonLiveFailed, "", fmt.Errorf("live: make request: %w", err))
	}
	id, _ := e.Field(fieldID)
	id, now := headerText(id), p.Now()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Idempotency-Key", id)
	if len(p.Keys) > 0 {
		req.Header.Set("Webhook-Signature", p.Keys.Sign(id, now, payload))
	}
	resp, err := p.Client.Do(req)
	if err != nil {
		return 0, 0, fault.New(fault.Transient, models.ReasonLiveFailed, "", fmt.Errorf("live: post: %w", err))
	}
	defer resp.Body.Close()
	// A short body is read so that the connection can be used again; a long one is not worth it.
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	cause := fmt.Errorf("live: the service answered %s", resp.Status)
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return code, 0, nil
	case code == http.StatusTooManyRequests:
		return code, retryAfter(resp.Header, p.Now()), fault.New(fault.Throttled, models.ReasonLiveFailed, "", cause)
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return code, retryAfter(resp.Header, p.Now()), fault.New(fault.Transient, models.ReasonLiveFailed, "", cause)
	case code == http.StatusNotFound, code == http.StatusGone:
		return code, 0, fault.New(fault.Permanent, models.ReasonLiveFailed, "", fmt.Errorf("%w: %w", cause, errNobody))
	default:
		return code, 0, fault.New(fault.Permanent, models.ReasonLiveFailed, "", cause)
	}
}

// headerText is an id as a header can carry it: a producer's request_id may be any text. What is plain stays as it is.
func headerText(id string) string {
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' || id[i] == '%' {
			return url.PathEscape(id)
		}
	}
	return id
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
