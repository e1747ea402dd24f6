package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// Canceling is the answer to a request whose end was asked for.
type Canceling struct {
	RequestID string `json:"request_id"`
	Status    string `json:"status"`
}

// cancel has a request withdrawn, wherever it is.
func (a *API) cancel(w http.ResponseWriter, r *http.Request) error {
	rec, err := a.find(r.Context(), caller.From(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := a.withdraw(r.Context(), rec.ID); err != nil {
		return err
	}
	writeJSON(w, http.StatusAccepted, Canceling{RequestID: rec.ID, Status: "cancelling"})
	return nil
}

// withdraw puts the message on the input stream that cancels a request. The id is one of ours, and needs no escaping.
func (a *API) withdraw(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	payload := `{"eventName":"cancel_request","eventData":{"cancel_request":"` + id + `"}}`
	if err := a.o.Redis.XAdd(ctx, &redis.XAddArgs{Stream: a.o.Input, Values: []string{"payload", payload}}).Err(); err != nil {
		return fmt.Errorf("api: cancel: %w", err)
	}
	return nil
}
