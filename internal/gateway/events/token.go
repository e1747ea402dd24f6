package events

import (
	"context"
	"net/http"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// A stream lives no longer than the token that it was opened with.

func (s *stream) expires() bool { return s.who != nil && !s.who.Expires.IsZero() }

func (s *stream) expired() bool { return s.expires() && !time.Now().Before(s.who.Expires) }

// revoked says whether the caller's token was. What is revoked from here on wakes the stream up.
func (s *stream) revoked() bool {
	if s.Revocations == nil || s.who == nil {
		return false
	}
	if s.revocations != nil {
		select {
		case <-s.revocations:
		default:
			return false
		}
	}
	s.revocations = s.Revocations.Changed()
	return s.Revocations.Revoked(s.who)
}

// tokenEnded tells a client that its token has, so that it does not come back with it.
func (s *stream) tokenEnded(ctx context.Context) bool {
	var code, detail string
	switch {
	case s.expired():
		code, detail = "token_expired", "the token has expired: sign in again"
	case s.revoked():
		code, detail = "token_revoked", "the token was revoked: sign in again"
	default:
		return false
	}
	_ = s.write(ctx, s.form.event("error", "", encode(problem.New(http.StatusUnauthorized, code, detail))))
	return true
}
