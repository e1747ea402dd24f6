package object

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// classify decides once what may be done about an error of this store.
func classify(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", "", err)
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return unavailable(err)
	}
	var answer minio.ErrorResponse
	errors.As(err, &answer) // zero where the server has not answered
	switch answer.Code {
	case "NoSuchBucket", "NoSuchKey":
		return fault.New(fault.Permanent, "source_schema", "the data source lacks a bucket or an object that the catalog names", err)
	case "PreconditionFailed":
		return fault.New(fault.Transient, "source_changed", "an object changed while it was read", err)
	case "SlowDown", "SlowDownRead", "TooManyRequests":
		return fault.New(fault.Throttled, "source_throttled", "the data source asks for fewer requests", err)
	}
	switch code := answer.StatusCode; {
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return fault.New(fault.Permanent, "source_denied", "the data source refuses the credentials", err)
	case code == http.StatusTooManyRequests:
		return fault.New(fault.Throttled, "source_throttled", "the data source asks for fewer requests", err)
	case code >= http.StatusInternalServerError, code == 0:
		return unavailable(err)
	}
	return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", err)
}
