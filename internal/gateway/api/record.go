package api

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

//go:embed submit.lua
var submitText string

//nolint:gochecknoglobals // a compiled script is a constant
var submitScript = redis.NewScript(submitText)

// recorded is how long a request is known: for its state, and for its Idempotency-Key.
const recorded = 24 * time.Hour

// record is what is noted of a request.
type record struct {
	ID         string `redis:"-"`
	Tenant     string `redis:"tenant"`
	RoutingKey string `redis:"routing_key"`
	Event      string `redis:"event"`
	Page       string `redis:"page"`
	Product    string `redis:"product"`
	Subject    string `redis:"subject"`
	// Entry is that of the input stream; its time is when the request was submitted.
	Entry string `redis:"entry"`
	// First and Complete are when the first widget and the closing message were on the stream, in milliseconds by the broker's clock; …Sent when they had been
	// written to who followed the request first, and FirstFollowed since when that one did. They are 0 until somebody followed it to its end.
	First         int64 `redis:"first"`
	FirstSent     int64 `redis:"first_sent"`
	FirstFollowed int64 `redis:"first_followed"`
	Complete      int64 `redis:"complete"`
	CompleteSent  int64 `redis:"complete_sent"`
}

// put notes a request and puts it on the input stream, both or neither. known says that it was there before.
func (a *API) put(ctx context.Context, r *record, digest, payload string) (known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	said, err := submitScript.Run(ctx, a.o.Redis, []string{a.names.record(r.ID), a.o.Input, a.names.recent()}, digest, payload, int64(recorded/time.Second), r.ID, mostRecent,
		"tenant", r.Tenant, "routing_key", r.RoutingKey, "event", r.Event, "page", r.Page, "product", r.Product, "subject", r.Subject).Text()
	switch {
	case err != nil:
		return false, fmt.Errorf("api: submit: %w", err)
	case said == "other":
		return false, problem.New(http.StatusUnprocessableEntity, "idempotency_key_reused", "another request was sent with this Idempotency-Key")
	}
	return said == "known", nil
}

// find returns the record of a request that the caller may know of. One of another tenant is not there.
func (a *API) find(ctx context.Context, c *caller.Caller, id string) (*record, error) {
	unknown := notFound("unknown_request", "there is no such request, or it is no longer known")
	if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
		return nil, unknown
	}
	ctx, cancel := context.WithTimeout(ctx, brokerLimit)
	defer cancel()
	r := &record{ID: id}
	if err := a.o.Redis.HGetAll(ctx, a.names.record(id)).Scan(r); err != nil {
		return nil, fmt.Errorf("api: look for a request: %w", err)
	}
	if r.Entry == "" || !c.Trusted && (c.Tenant == "" || r.Tenant != c.Tenant) {
		return nil, unknown
	}
	return r, nil
}

// brokerLimit bounds what an answer waits for the broker.
const brokerLimit = 5 * time.Second
