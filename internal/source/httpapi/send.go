package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// A request is sent so often before its query fails, with pauses that grow from the first to the longest: a page in the middle of
// many is worth another try, where the whole query would begin again.
const (
	attempts     = 3
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
	// maxPause bounds what an API may have us wait for.
	maxPause = 10 * time.Minute
)

// answer is one answer of an API, whole.
type answer struct {
	header http.Header
	from   *http.Request // the last one, after redirects
	body   []byte
	none   bool // the API says that there is nothing
}

// send sends a page's request until it is answered, as often as that may help.
func (s *Source) send(ctx context.Context, c *call, t turn) (*answer, error) {
	if !c.again() {
		a, err := s.attempt(ctx, c, t)
		if e, ok := errors.AsType[*fault.Error](err); ok && passing(err) {
			// Whoever tried it again would send it twice.
			return nil, fault.New(fault.Permanent, e.Reason, e.Safe, e)
		}
		return a, err
	}
	policy := retrypolicy.NewBuilder[*answer]().
		HandleIf(func(_ *answer, err error) bool { return passing(err) && inTime(ctx, err) }).
		WithMaxAttempts(attempts).WithBackoff(firstPause, longestPause).WithJitterFactor(0.3).
		ReturnLastFailure().Build()
	a, err := failsafe.With[*answer](policy).WithContext(ctx).Get(func() (*answer, error) { return s.attempt(ctx, c, t) })
	err = classify(ctx, err)
	if last, ok := errors.AsType[*fault.Error](err); ok && passing(err) {
		tired := *last
		tired.Retried = true
		err = &tired
	}
	return a, err
}

// again says whether the call may be sent a second time.
func (c *call) again() bool { return c.spec.Method == http.MethodGet || c.spec.Idempotent }

func passing(err error) bool {
	class := fault.ClassOf(err)
	return err != nil && (class == fault.Transient || class == fault.Throttled)
}

// inTime says whether ctx lasts for as long as an error asks to wait.
func inTime(ctx context.Context, err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Retried {
		return false
	}
	deadline, ok := ctx.Deadline()
	return !ok || time.Until(deadline) > e.RetryAfter
}

// attempt sends a page's request once; a second time where the credentials may have become others.
func (s *Source) attempt(ctx context.Context, c *call, t turn) (*answer, error) {
	for first := true; ; first = false {
		base, auth, err := s.base()
		if err != nil {
			return nil, err
		}
		r, err := c.request(ctx, base, t)
		if err != nil {
			return nil, err
		}
		a, err := s.exchange(ctx, r, auth)
		if first && auth != nil && fault.ReasonOf(err) == reasonDenied && auth.refused(r) {
			continue
		}
		return a, err
	}
}

// exchange sends one request when it may be sent and reads its answer, both within the time limit.
func (s *Source) exchange(ctx context.Context, r *http.Request, auth Auth) (*answer, error) {
	if err := s.turn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.slots }()
	limited, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	r = r.WithContext(limited)
	if auth != nil {
		if err := auth.apply(limited, s.client, r); err != nil {
			return nil, err
		}
	}
	response, err := s.client.Do(r)
	if err != nil {
		return nil, classify(limited, fmt.Errorf("httpapi: send: %w", bare(err)))
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		refused := refusal(response.StatusCode, response.Header)
		s.gate.close(refused)
		return nil, refused
	}
	return s.read(limited, response)
}

// turn waits until a request may be sent: for what the API asked to wait for, the rate, and a free place.
func (s *Source) turn(ctx context.Context) error {
	if err := s.gate.wait(ctx); err != nil {
		return err
	}
	if err := s.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return classify(ctx, err)
		}
		return &fault.Error{Class: fault.Throttled, Reason: "source_throttled", Safe: "the data source may not be asked so often", Retried: true, Err: err}
	}
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return classify(ctx, ctx.Err())
	}
}

// read reads a whole answer, up to the limit.
func (s *Source) read(ctx context.Context, response *http.Response) (*answer, error) {
	a := &answer{header: response.Header, from: response.Request}
	if response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusResetContent {
		a.none = true
		return a, nil
	}
	if response.StatusCode == http.StatusPartialContent {
		return nil, unreadable("status 206: a part of an answer")
	}
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, unreadable("the answer is packed in a way that was not asked for")
	}
	body := &bytes.Buffer{}
	n, err := body.ReadFrom(io.LimitReader(response.Body, s.cfg.MaxBytes+1))
	if err != nil {
		return nil, classify(ctx, fmt.Errorf("httpapi: read the answer: %w", err))
	}
	if n > s.cfg.MaxBytes {
		return nil, limited("an answer of the data source is larger than %d bytes", s.cfg.MaxBytes)
	}
	a.body = bytes.TrimPrefix(body.Bytes(), []byte("\ufeff"))
	return a, nil
}

// gate holds requests back for as long as the API has asked for.
type gate struct {
	mu    sync.Mutex
	until time.Time
}

// close notes an answer that asks to wait.
func (g *gate) close(refused *fault.Error) {
	if refused.RetryAfter <= 0 {
		return
	}
	until := time.Now().Add(refused.RetryAfter)
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until) {
		g.until = until
	}
}

// wait returns when requests may be sent, or at once where ctx ends before that.
func (g *gate) wait(ctx context.Context) error {
	for {
		g.mu.Lock()
		until := g.until
		g.mu.Unlock()
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
			return &fault.Error{Class: fault.Throttled, Reason: "source_throttled", Safe: textThrottled, RetryAfter: left, Retried: true, Err: errors.New("httpapi: the API asked to wait")}
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return classify(ctx, ctx.Err())
		}
	}
}
