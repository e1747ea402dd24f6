package door

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

const (
	leeway = 30 * time.Second // between two clocks
	// longestToken bounds what is decoded for somebody whom nobody knows yet.
	longestToken = 8 << 10
	// shortestSecret is what RFC 7518 asks of HS256. A secret serves HS384 from 48 bytes on, and HS512 from 64.
	shortestSecret = 32
)

// tokens checks JSON Web Tokens.
type tokens struct {
	read     func() (string, error) // of the secrets
	secrets  atomic.Pointer[[][]byte]
	keys     *keySet // nil where there is none
	expected jwt.Expected
	allowed  []jose.SignatureAlgorithm
}

func newTokens(opts *Options) (*tokens, error) {
	if opts.Issuer == "" || opts.Audience == "" {
		return nil, errors.New("door: tokens are checked against an issuer and an audience: both are needed")
	}
	t := &tokens{read: opts.Secret, expected: jwt.Expected{Issuer: opts.Issuer, AnyAudience: jwt.Audience{opts.Audience}}}
	if opts.Secret != nil {
		if err := t.readSecrets(); err != nil {
			return nil, err
		}
		t.allowed = append(t.allowed, jose.HS256, jose.HS384, jose.HS512)
	}
	if opts.Keys != nil {
		t.keys = newKeySet(opts.Keys)
		t.allowed = append(t.allowed, publicAlgorithms()...)
	}
	return t, nil
}

func (t *tokens) readSecrets() error {
	text, err := t.read()
	if err != nil {
		return fmt.Errorf("door: read the secret of tokens: %w", err)
	}
	var secrets [][]byte
	for secret := range strings.FieldsSeq(text) {
		if len(secret) < shortestSecret {
			return fmt.Errorf("door: a secret of tokens is shorter than %d bytes", shortestSecret)
		}
		secrets = append(secrets, []byte(secret))
	}
	if len(secrets) == 0 {
		return errors.New("door: the secret of tokens is empty")
	}
	t.secrets.Store(&secrets)
	return nil
}

func (t *tokens) reload(ctx context.Context) error {
	var errs []error
	if t.read != nil {
		errs = append(errs, t.readSecrets())
	}
	if t.keys != nil {
		errs = append(errs, t.keys.refresh(ctx))
	}
	return errors.Join(errs...)
}

// check returns whom a token names. The algorithm that it names chooses among keys of that kind alone: a public key is never a secret.
func (t *tokens) check(ctx context.Context, raw string) (*caller.Caller, *refusal) {
	if len(raw) > longestToken {
		return nil, invalid("the token is too long")
	}
	token, err := jwt.ParseSigned(raw, t.allowed)
	if err != nil {
		return nil, invalid("the token is not one that is signed by an algorithm that is taken here")
	}
	header := token.Headers[0]
	keys, err := t.candidates(ctx, jose.SignatureAlgorithm(header.Algorithm), header.KeyID)
	switch {
	case errors.Is(err, errNoKeys):
		return nil, &refusal{Problem: problem.New(http.StatusServiceUnavailable, "keys_unavailable", "the keys that tokens are checked with cannot be had at the moment"), retry: "5"}
	case err != nil:
		return nil, invalid(err.Error())
	}
	var c claims
	if !slices.ContainsFunc(keys, func(key any) bool { c = claims{}; return token.Claims(key, &c.Claims, &c.own) == nil }) {
		return nil, invalid("the token's signature does not hold, or its claims cannot be read")
	}
	return t.accept(&c)
}

// accept holds the claims of a token, whose signature holds, to what is expected.
func (t *tokens) accept(c *claims) (*caller.Caller, *refusal) {
	if c.Expiry == nil {
		return nil, invalid("the token has no exp")
	}
	switch err := c.ValidateWithLeeway(t.expected, leeway); {
	case errors.Is(err, jwt.ErrExpired):
		return nil, unauthorized("token_expired", "the token has expired", "invalid_token")
	case err != nil:
		return nil, invalid(strings.TrimPrefix(err.Error(), "go-jose/go-jose/jwt: "))
	}
	who, err := c.caller()
	if err != nil {
		return nil, invalid(err.Error())
	}
	return who, nil
}

// candidates are the keys that an algorithm may be checked with.
func (t *tokens) candidates(ctx context.Context, alg jose.SignatureAlgorithm, kid string) ([]any, error) {
	if alg == jose.HS256 || alg == jose.HS384 || alg == jose.HS512 {
		secrets := *t.secrets.Load()
		keys := make([]any, len(secrets))
		for i, s := range secrets {
			keys[i] = s
		}
		return keys, nil
	}
	return t.keys.find(ctx, alg, kid)
}

func invalid(detail string) *refusal { return unauthorized("token_invalid", detail, "invalid_token") }

// unauthorized is a refusal as RFC 6750 wants it. detail has no quotation marks.
func unauthorized(code, detail, oauth string) *refusal {
	challenge := `Bearer realm="dispatcher"`
	if oauth != "" {
		challenge += fmt.Sprintf(`, error=%q, error_description=%q`, oauth, detail)
	}
	return &refusal{Problem: problem.New(http.StatusUnauthorized, code, detail), challenge: challenge}
}
