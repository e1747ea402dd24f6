package admin

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
)

// Revoke says which tokens are to end: those that have all of what it names.
type Revoke struct {
	TokenID string `json:"token_id"`
	Subject string `json:"subject"`
	Tenant  string `json:"tenant"`
	// IssuedBefore is this moment where it is not said; ExpiresAt, when the last of these tokens ends by itself, is a year from now.
	IssuedBefore time.Time `json:"issued_before"`
	ExpiresAt    time.Time `json:"expires_at"`
	Why          string    `json:"why"`
}

// Revocations are those that count.
type Revocations struct {
	Revocations []revocation.Revocation `json:"revocations"`
}

func (a *API) revoke(w http.ResponseWriter, r *http.Request) error {
	var body Revoke
	if err := readJSON(r, &body); err != nil {
		return err
	}
	by := caller.From(r.Context()).Subject
	made, err := revocation.Add(r.Context(), a.o.Redis, revocation.Key(a.o.Input), revocation.Revocation{
		TokenID: body.TokenID, Subject: body.Subject, Tenant: body.Tenant, IssuedBefore: body.IssuedBefore, ExpiresAt: body.ExpiresAt, By: by, Why: body.Why,
	})
	switch {
	case errors.Is(err, revocation.ErrInvalid):
		return problem.New(http.StatusBadRequest, "bad_body", err.Error())
	case errors.Is(err, revocation.ErrTooMany):
		return problem.New(http.StatusConflict, "too_many_revocations", err.Error())
	case err != nil:
		return err
	}
	a.o.Log.WarnContext(r.Context(), "tokens are revoked", slog.String("by", by), slog.String("token_id", made.TokenID), slog.String("subject", made.Subject), slog.String("tenant", made.Tenant), slog.String("why", made.Why))
	return writeJSON(w, made)
}

func (a *API) revocations(w http.ResponseWriter, r *http.Request) error {
	list, err := revocation.Counting(r.Context(), a.o.Redis, revocation.Key(a.o.Input))
	if err != nil {
		return err
	}
	return writeJSON(w, Revocations{append([]revocation.Revocation{}, list...)})
}
