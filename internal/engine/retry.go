package engine

import (
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// In place, a query is tried so often before its widget fails. Short, because a reader waits: what
// lasts longer is the business of the source's breaker.
const (
	inPlaceAttempts = 3
	firstPause      = 50 * time.Millisecond
	longestPause    = 500 * time.Millisecond
)

// retry runs ask again after transient and throttled errors, with back-off and jitter; not where the source is known to be away.
func retry(ctx context.Context, ask func() (*source.Result, error)) (*source.Result, error) {
	result, err := ask()
	if !passing(err) {
		return result, err // the usual way: no policy is built
	}
	policy := retrypolicy.NewBuilder[*source.Result]().
		HandleIf(func(_ *source.Result, err error) bool { return passing(err) }).
		WithMaxAttempts(inPlaceAttempts-1).
		WithBackoff(firstPause, longestPause).
		WithJitterFactor(0.3).
		ReturnLastFailure().
		Build()
	return failsafe.With[*source.Result](policy).WithContext(ctx).Get(ask)
}

func passing(err error) bool {
	if err == nil || errors.Is(err, source.ErrOpen) {
		return false
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Retried {
		return false
	}
	class := fault.ClassOf(err)
	return class == fault.Transient || class == fault.Throttled
}
