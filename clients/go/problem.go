package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// ProblemError is what the gateway said in place of an answer (RFC 9457).
type ProblemError struct {
	Status int `json:"status"`
	// Code is what programs look at, Detail a sentence for people.
	Code   string `json:"code"`
	Detail string `json:"detail"`
	// Fields name the places of the request that are at fault.
	Fields []Field `json:"errors"`
	// RetryAfter is the pause that the gateway asked for, or 0.
	RetryAfter time.Duration `json:"-"`
}

// Field is a place of a request, as a JSON pointer, with what is wrong there.
type Field struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// Error returns the code and the sentence.
func (p *ProblemError) Error() string { return fmt.Sprintf("%s: %s", p.Code, p.Detail) }

// problemOf reads an answer that is no success; one that a proxy has made is known by its status alone.
func problemOf(res *http.Response) error {
	p := &ProblemError{}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20)) // what is missing of it is missing
	if json.Unmarshal(text, p) != nil || p.Code == "" {
		p.Code, p.Detail = "http_"+strconv.Itoa(res.StatusCode), http.StatusText(res.StatusCode)
	}
	p.Status = res.StatusCode
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}

// connectionError is a call that had no answer.
type connectionError struct{ err error }

func (e *connectionError) Error() string { return "client: " + e.err.Error() }

func (e *connectionError) Unwrap() error { return e.err }

// passing says that an error may pass by itself: the gateway is away or busy.
func passing(err error) bool {
	if p, ok := errors.AsType[*ProblemError](err); ok {
		return p.Status == http.StatusTooManyRequests || p.Status >= 500
	}
	_, broken := errors.AsType[*connectionError](err)
	return broken && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// backoff grows the pause between tries, with jitter so that clients of a gateway that is back do not come all at once.
type backoff struct{ tries int }

const (
	shortestPause = 200 * time.Millisecond
	longestPause  = 15 * time.Second
)

// wait pauses before the next try, for at least as long as the gateway has asked for.
func (b *backoff) wait(ctx context.Context, err error) error {
	pause := min(shortestPause<<min(b.tries, 10), longestPause)
	b.tries++
	pause = pause/2 + rand.N(pause)
	if p, ok := errors.AsType[*ProblemError](err); ok && p.RetryAfter > pause {
		pause = p.RetryAfter + rand.N(shortestPause)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
