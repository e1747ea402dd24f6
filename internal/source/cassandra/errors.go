package cassandra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// What requesters read.
const (
	textUnavailable = "the data source does not answer at the moment"
	textThrottled   = "the data source has too much to do at the moment"
	textDenied      = "the data source does not let the configured user read this"
	textSchema      = "the data source lacks a table or a column that the catalog names, or has it otherwise"
	textLimit       = "the query reads more than the data source allows"
	textError       = "the data source could not compute this"
)

// Codes of a replica that failed to read, as the protocol numbers them.
const (
	failedTombstones = 1
	failedReadSize   = 4
)

// schemaError is the error of a catalog that does not fit the tables.
func schemaError(what string) error {
	return fault.New(fault.Permanent, "source_schema", textSchema, errors.New("cassandra: "+what))
}

// ended classifies an error of a statement that ctx may have ended.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return classify(fmt.Errorf("%w (%s)", ctx.Err(), err.Error())) //nolint:errorlint // the context's error is the cause
	}
	return classify(err)
}

// classify decides once what may be done about an error of this store.
func classify(err error) error {
	var known *fault.Error
	var answered gocql.RequestError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", "", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
	case errors.As(err, &answered):
		return classifyAnswer(answered, err)
	case errors.Is(err, gocql.ErrNoStreams):
		return fault.New(fault.Throttled, "source_unavailable", textThrottled, err)
	case unreachable(err):
		return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
	}
	return classifyText(err)
}

// classifyAnswer decides by the code that the server answered with.
func classifyAnswer(answer gocql.RequestError, err error) error {
	switch answer.Code() {
	case gocql.ErrCodeOverloaded:
		return fault.New(fault.Throttled, "source_unavailable", textThrottled, err)
	case gocql.ErrCodeUnavailable, gocql.ErrCodeReadTimeout, gocql.ErrCodeBootstrapping, gocql.ErrCodeServer, gocql.ErrCodeUnprepared:
		return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
	case gocql.ErrCodeReadFailure:
		if failed, ok := errors.AsType[*gocql.RequestErrReadFailure](err); ok {
			for _, code := range failed.ErrorMap {
				if code == failedTombstones || code == failedReadSize {
					return fault.New(fault.Permanent, "source_limit", textLimit, err)
				}
			}
		}
		return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
	case gocql.ErrCodeUnauthorized, gocql.ErrCodeCredentials:
		return fault.New(fault.Permanent, "source_denied", textDenied, err)
	case gocql.ErrCodeInvalid, gocql.ErrCodeConfig:
		// The statement is ours: what is wrong is a name, a type or a key of the catalog.
		return fault.New(fault.Permanent, "source_schema", textSchema, err)
	}
	return fault.New(fault.Permanent, "source_error", textError, err)
}

// tookTooLong says whether a statement ran out of the time that the server, or the wait for one page, allows it.
func tookTooLong(err error) bool {
	answered, ok := errors.AsType[gocql.RequestError](err)
	return ok && answered.Code() == gocql.ErrCodeReadTimeout || errors.Is(err, gocql.ErrTimeoutNoResponse)
}

func unreachable(err error) bool {
	for _, e := range []error{
		gocql.ErrNoConnections, gocql.ErrNoConnectionsStarted, gocql.ErrConnectionClosed, gocql.ErrTimeoutNoResponse,
		gocql.ErrUnavailable, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var network net.Error
	return errors.As(err, &network)
}

// classifyText decides by the text, since the driver hands on no other cause of a session that it could not open.
func classifyText(err error) error {
	text := err.Error()
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	if !has("unable to create session") {
		return fault.New(fault.Permanent, "source_error", textError, err)
	}
	if untrusted := source.UntrustedAs(text, err); untrusted != nil {
		return untrusted
	}
	if has("username", "authentication required") {
		return fault.New(fault.Permanent, "source_denied", textDenied, err)
	}
	return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
}
