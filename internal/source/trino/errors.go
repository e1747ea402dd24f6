package trino

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// What requesters read.
const (
	textUnavailable = "the data source does not answer at the moment"
	textThrottled   = "the data source has too much to do at the moment"
	textDenied      = "the data source does not let the configured user read this"
	textSchema      = "the data source lacks a table or a column that the catalog names, or has it otherwise"
	textLimit       = "the query needs more than the data source gives it"
	textData        = "the data source has values that this cannot be computed from"
	textError       = "the data source could not compute this"
)

// errPing marks an error of a ping: whatever else it is, the source is not there.
var errPing = errors.New("the coordinator is not ready")

// classify decides once what may be done about an error of this store.
func classify(ctx context.Context, err error) error {
	var known *fault.Error
	var told *driver.ErrTrino
	var answered *driver.ErrQueryFailed
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return timeout(err)
	case ctx.Err() != nil:
		return fault.New(fault.Canceled, "canceled", "", err)
	case errors.As(err, &known):
		return err // it has been classified where it arose
	case errors.As(err, &told):
		return classifyTold(told, err)
	case errors.As(err, &answered) && answered.StatusCode > 0:
		return classifyStatus(answered.StatusCode, err)
	}
	if untrusted := source.Untrusted(err); untrusted != nil {
		return untrusted
	}
	if unreached(err) || errors.Is(err, errPing) {
		return unavailable(err)
	}
	return fault.New(fault.Permanent, "source_error", textError, err)
}

// classifyTold decides by the error that the coordinator names.
func classifyTold(told *driver.ErrTrino, err error) error {
	is := func(names ...string) bool { return slices.Contains(names, told.ErrorName) }
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(told.ErrorName, p) })
	}
	switch {
	case is("EXCEEDED_TIME_LIMIT"):
		return timeout(err)
	case is("PERMISSION_DENIED"):
		return fault.New(fault.Permanent, "source_denied", textDenied, err)
	case is("QUERY_QUEUE_FULL", "CLUSTER_OUT_OF_MEMORY", "GENERIC_INSUFFICIENT_RESOURCES"):
		return fault.New(fault.Throttled, "source_throttled", textThrottled, err)
	case is("NO_NODES_AVAILABLE", "SERVER_STARTING_UP", "SERVER_SHUTTING_DOWN", "ABANDONED_QUERY", "REMOTE_HOST_GONE", "REMOTE_TASK_ERROR",
		"REMOTE_TASK_MISMATCH", "PAGE_TRANSPORT_ERROR", "PAGE_TRANSPORT_TIMEOUT", "TOO_MANY_REQUESTS_FAILED"):
		return unavailable(err)
	case is("USER_CANCELED", "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED"):
		return fault.New(fault.Permanent, "source_limit", "the query was ended on the data source", err)
	case told.ErrorType == "INSUFFICIENT_RESOURCES":
		return fault.New(fault.Permanent, "source_limit", textLimit, err)
	case is("NUMERIC_VALUE_OUT_OF_RANGE", "INVALID_CAST_ARGUMENT", "DIVISION_BY_ZERO", "EXCEEDED_FUNCTION_MEMORY_LIMIT") || has("BAD_DATA", "INVALID_METADATA", "CORRUPT"):
		return fault.New(fault.Permanent, "source_bad_data", textData, err)
	case has("NOT_FOUND", "TYPE_MISMATCH", "AMBIGUOUS", "SCHEMA_MISMATCH"):
		return fault.New(fault.Permanent, "source_schema", textSchema, err)
	case told.ErrorType == "EXTERNAL":
		return unavailable(err) // of the store that a connector asks
	}
	return fault.New(fault.Permanent, "source_error", textError, err)
}

// classifyStatus decides by the status of an answer that says no more.
func classifyStatus(status int, err error) error {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Permanent, "source_denied", textDenied, err)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.Throttled, "source_throttled", textThrottled, err)
	case status >= http.StatusInternalServerError, status == http.StatusNotFound, status == http.StatusGone:
		return unavailable(err) // a query is not found when its coordinator has been started anew
	}
	return fault.New(fault.Permanent, "source_error", textError, err)
}

// unreached says that no whole answer came.
func unreached(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func timeout(err error) error {
	return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", textUnavailable, err)
}
