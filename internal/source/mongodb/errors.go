package mongodb

import (
	"context"
	"errors"
	"net"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/auth"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// codeMaxTimeExpired is the server's error code of a query that took longer than it was allowed to.
const codeMaxTimeExpired = 50

// deniedCodes say that the credentials are wrong or may not read this.
func deniedCodes() []int { return []int{13, 18, 8000} } // unauthorized, authentication failed, the same of a hosted service

// limitCodes say that a query needs more than the server gives it: of one accumulator, without the disk, of one document.
func limitCodes() []int { return []int{146, 292, 10334, 17419, 17420} }

// passingCodes are those of a member that is not, or not any more, the one to ask, and of a cursor that went with it.
func passingCodes() []int {
	return []int{6, 7, 43, 89, 91, 133, 134, 189, 237, 262, 9001, 10058, 10107, 11600, 11601, 11602, 13388, 13435, 13436}
}

// classify decides once what may be done about an error of this store.
func classify(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return timeout(err)
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", "", err)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err // it has been classified where it arose
	}
	if untrusted := untrusted(err); untrusted != nil {
		return untrusted
	}
	if _, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		return unavailable(err)
	}
	if _, limited := ctx.Deadline(); limited && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrDeadlineWouldBeExceeded)) {
		return timeout(err) // the driver gives up a moment before the context does
	}
	_, refused := errors.AsType[*auth.Error](err)
	switch {
	case hasCode(err, codeMaxTimeExpired):
		return timeout(err)
	case hasCode(err, limitCodes()...):
		return fault.New(fault.Permanent, "source_limit", "the query needs more memory than it may use", err)
	case hasCode(err, passingCodes()...) || unreached(err):
		return unavailable(err)
	case refused || hasCode(err, deniedCodes()...):
		return fault.New(fault.Permanent, "source_denied", "the data source refuses the credentials", err)
	}
	return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
}

// untrusted returns the classified error of a deployment none of whose members has a certificate that is believed, and nil where err is another one:
// while one of them is only away, it may come back.
func untrusted(err error) error {
	selecting, ok := errors.AsType[topology.ServerSelectionError](err)
	if !ok {
		return source.Untrusted(err)
	}
	var out error
	for i := range selecting.Desc.Servers {
		if out = source.Untrusted(selecting.Desc.Servers[i].LastError); out == nil {
			return nil
		}
	}
	if known, ok := errors.AsType[*fault.Error](out); ok {
		known.Err = err
	}
	return out
}

func hasCode(err error, codes ...int) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(codes, server.HasErrorCode)
}

// unreached says that no answer came, whatever the question.
func unreached(err error) bool {
	var pool driver.RetryablePoolError
	_, network := errors.AsType[net.Error](err)
	return errors.As(err, &pool) && pool.Retryable() || network || mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, mongo.ErrClientDisconnected)
}

// again says that the same question may be answered at once when it is asked again.
func again(err error) bool {
	return hasCode(err, passingCodes()...) || mongo.IsNetworkError(err) && !mongo.IsTimeout(err)
}

func timeout(err error) error {
	return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", err)
}
