package api

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Submitted is the answer to a request that was taken.
type Submitted struct {
	RequestID  string `json:"request_id"`
	RoutingKey string `json:"routing_key"`
	Status     string `json:"status"`
	Links      Links  `json:"links"`
}

// Links are where a request's state and messages are.
type Links struct {
	Self   string `json:"self"`
	Events string `json:"events"`
	Stream string `json:"stream"`
}

func linksOf(id, routingKey string) Links {
	self := "/v1/requests/" + id
	return Links{Self: self, Events: self + "/events", Stream: "/v1/streams/" + escapeSegment(routingKey) + "/events"}
}

// submit takes a request.
func (a *API) submit(w http.ResponseWriter, r *http.Request) error {
	raw, err := read(w, r, a.mostBytes())
	if err != nil {
		return err
	}
	b, err := a.parse(raw)
	if err != nil {
		return err
	}
	known, rec, err := a.accept(r, b, r.Header.Get("Idempotency-Key"))
	if err != nil {
		return err
	}
	h := w.Header()
	if known {
		h.Set("Idempotency-Replayed", "true")
	}
	links := linksOf(rec.ID, rec.RoutingKey)
	h.Set("Location", links.Self)
	writeJSON(w, http.StatusAccepted, Submitted{RequestID: rec.ID, RoutingKey: rec.RoutingKey, Status: stateQueued, Links: links})
	return nil
}

// accept checks what a request asks against who asks, and puts it on the input stream.
func (a *API) accept(r *http.Request, b *body, idempotency string) (known bool, rec *record, err error) {
	c := caller.From(r.Context())
	tenant, err := b.tenant(c)
	if err != nil {
		return false, nil, err
	}
	if err := a.page(c, b); err != nil {
		return false, nil, err
	}
	id, err := identity(tenant, idempotency)
	if err != nil {
		return false, nil, err
	}
	if err := b.stream(c, tenant, id); err != nil {
		return false, nil, err
	}
	b.set("request_id", id)
	b.set("request_timestamp", time.Now().Unix())
	payload, err := a.payload(b, id, tenant)
	if err != nil {
		return false, nil, err
	}
	rec = &record{ID: id, Tenant: tenant, RoutingKey: b.req.RoutingKey, Event: b.req.EventName, Page: b.req.PageName, Product: b.req.Product, Subject: c.Subject}
	known, err = a.put(r.Context(), rec, b.digest, payload)
	return known, rec, err
}

// longestIdempotency bounds an Idempotency-Key.
const longestIdempotency = 255

// identity is a new request's id: one of its time, or one that the same tenant gets again for the same Idempotency-Key.
func identity(tenant, idempotency string) (string, error) {
	if idempotency == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return "", fmt.Errorf("api: make an id: %w", err)
		}
		return id.String(), nil
	}
	if len(idempotency) > longestIdempotency {
		return "", bad(http.StatusBadRequest, "bad_idempotency_key", "Idempotency-Key", "an Idempotency-Key has at most 255 characters")
	}
	return uuid.NewHash(sha256.New(), uuid.Nil, fmt.Appendf(nil, "%d %s %s", len(tenant), tenant, idempotency), 8).String(), nil
}

// mostBytes is how much of a body is read: what consumers take.
func (a *API) mostBytes() int {
	if a.o.Decoder.MaxBytes > 0 {
		return a.o.Decoder.MaxBytes
	}
	return models.DefaultMaxBytes
}
