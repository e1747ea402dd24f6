package mongodb

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// The server's error codes that say what may be done.
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
	codeMaxTimeExpired       = 50
	codeExceededMemory       = 292
	codeTooLarge             = 10334
)

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
	if _, ok := errors.AsType[topology.ServerSelectionError](err); ok {
		return unavailable(err)
	}
	if _, limited := ctx.Deadline(); limited && errors.Is(err, context.DeadlineExceeded) {
		return timeout(err) // the driver gives up a moment before the context does
	}
	if server, ok := errors.AsType[mongo.ServerError](err); ok {
		switch {
		case server.HasErrorCode(codeMaxTimeExpired):
			return timeout(err)
		case server.HasErrorCode(codeUnauthorized), server.HasErrorCode(codeAuthenticationFailed):
			return fault.New(fault.Permanent, "source_denied", "the data source refuses the credentials", err)
		case server.HasErrorCode(codeExceededMemory), server.HasErrorCode(codeTooLarge):
			return fault.New(fault.Permanent, "source_limit", "the query needs more memory than it may use", err)
		case server.HasErrorLabel("RetryableReadError"), server.HasErrorLabel("TransientTransactionError"):
			return unavailable(err)
		}
	}
	if mongo.IsNetworkError(err) || mongo.IsTimeout(err) || errors.Is(err, mongo.ErrClientDisconnected) {
		return unavailable(err)
	}
	if _, ok := errors.AsType[mongo.ServerError](err); !ok {
		return unavailable(err) // the driver found no server
	}
	return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
}

func timeout(err error) error {
	return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", "the data source cannot be reached", err)
}
