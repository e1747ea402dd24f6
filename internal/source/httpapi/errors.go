package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// reasonDenied is the reason of refused credentials.
const reasonDenied = "source_denied"

// What requesters read.
const (
	textUnavailable = "the data source does not answer at the moment"
	textThrottled   = "the data source asks for fewer requests"
	textDenied      = "the data source refuses the credentials"
	textSchema      = "the data source lacks what the catalog names"
	textAnswer      = "the data source answers with something that cannot be read"
	textError       = "the data source could not compute this"
)

// notConfigured is the error of an API whose address or credentials are not there.
func notConfigured(err error) error {
	return fault.New(fault.Permanent, "source_not_configured", "the data source is not configured here", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
}

// unreadable is the error of an answer that is not what it says.
func unreadable(format string, args ...any) error {
	return fault.New(fault.Permanent, "source_answer", textAnswer, fmt.Errorf("httpapi: "+format, args...))
}

// mismatch is the error of an answer that has something otherwise than the catalog. Its text names the catalog's words only.
func mismatch(format string, args ...any) error {
	return fault.New(fault.Permanent, "source_schema", "the data source's answer differs from the catalog: "+fmt.Sprintf(format, args...), nil)
}

// limited is the error of an answer that is larger than it may be.
func limited(format string, args ...any) error {
	return fault.New(fault.Permanent, "source_limit", fmt.Sprintf(format, args...), nil)
}

// badValue is the error of a value that cannot stand where the catalog puts it.
func badValue(param, why string) error {
	return fault.New(fault.Permanent, "bad_value", "the value of "+param+" "+why, nil)
}

// classify decides once what may be done about an error of a request.
func classify(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", "", err)
	case errors.Is(err, errAddress):
		return fault.New(fault.Permanent, "source_forbidden", "the data source is at an address that may not be used", err)
	case errors.Is(err, errRedirect):
		return fault.New(fault.Permanent, "source_redirect", "the data source redirects to another place", err)
	}
	if untrusted := source.Untrusted(err); untrusted != nil {
		return untrusted
	}
	return unavailable(err)
}

// bare takes off what package http wraps around an error: the URL, which may hold a key.
func bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// refusal is the error of a status that is no success.
func refusal(status int, header http.Header) *fault.Error {
	err := fmt.Errorf("httpapi: status %d", status)
	after := retryAfter(header)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Permanent, reasonDenied, textDenied, err)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return fault.New(fault.Permanent, "source_schema", textSchema, err)
	case status == http.StatusTooManyRequests:
		return &fault.Error{Class: fault.Throttled, Reason: "source_throttled", Safe: textThrottled, RetryAfter: after, Err: err}
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly ||
		status >= 500 && status != http.StatusNotImplemented && status != http.StatusHTTPVersionNotSupported:
		return &fault.Error{Class: fault.Transient, Reason: "source_unavailable", Safe: textUnavailable, RetryAfter: after, Err: err}
	case status >= 300 && status < 400:
		return fault.New(fault.Permanent, "source_redirect", "the data source redirects to another place", err)
	}
	return fault.New(fault.Permanent, "source_error", textError, err)
}

// retryAfter reads Retry-After in both of its forms, a time by the API's own clock; 0 for none.
func retryAfter(header http.Header) time.Duration {
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	text := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int64(maxPause/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(now)), maxPause)
	}
	return 0
}
