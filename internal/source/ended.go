package source

import (
	"context"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// Ended classifies the error of a call whose context may have ended: whatever came back of that, it is the cause.
func Ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	switch class := fault.ClassOf(err); {
	case ctx.Err() == context.DeadlineExceeded: //nolint:errorlint // a context's error is one of two values
		if class == fault.Timeout && err != ctx.Err() { //nolint:errorlint // as above
			return err
		}
		return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
	case class == fault.Canceled && err != ctx.Err(): //nolint:errorlint // as above
		return err
	}
	return fault.New(fault.Canceled, "canceled", "", err)
}
