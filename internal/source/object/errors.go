package object

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/parquet"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/text"
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
	if untrusted := source.Untrusted(err); untrusted != nil {
		return untrusted
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
		return changed(err)
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

// changed is an object that is another one than was listed a moment ago.
func changed(err error) error {
	return fault.New(fault.Transient, "source_changed", "an object changed while it was read", err)
}

// refuse remembers why a version of an object cannot be read, and returns it.
func (e *entry) refuse(o *minio.ObjectInfo, why error) error {
	reason, safe := "source_bad_data", "an object of the data source cannot be read: it is damaged, or not of its format"
	if errors.Is(why, parquet.ErrLimit) || errors.Is(why, text.ErrLimit) {
		reason, safe = "source_limit", "an object of the data source asks for more memory or time than one may take"
	}
	e.refused = fault.New(fault.Permanent, reason, safe, fmt.Errorf("object: %s: %w", o.Key, why))
	return e.refused
}

// cacheFailed is an error of the local disk.
func cacheFailed(err error) error {
	safe := "the disk for copies of the data source's objects cannot be used"
	if errors.Is(err, syscall.ENOSPC) {
		safe = "the disk for copies of the data source's objects is full"
	}
	return fault.New(fault.Transient, "source_cache", safe, fmt.Errorf("object: cache: %w", err))
}

// named says which object an error of the local engine, which knows only copies, is about.
func named(err error, keys map[string]string) error {
	known, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	text := err.Error()
	for dir, key := range keys {
		if strings.Contains(text, dir) {
			out := *known
			out.Err = fmt.Errorf("object: %s: %w", key, known.Err)
			return &out
		}
	}
	return err
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", err)
}
