// Package door stands before the routes of the gateway: it finds out who asks (caller.Caller) and refuses what nobody may do, before a route
// runs.
//
// It checks tokens (JWT) by keys that it is given, keeps a browser's token in a session cookie, answers other origins' preflights, refuses
// requests that another site's page makes in somebody's name, and bounds requests, streams and bodies. Without keys it lets in the machine's
// own processes alone. It reads no configuration and decides nothing about a route: what a caller may do is caller.Caller's.
package door

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Options is what a process sets about its door.
type Options struct {
	// Secret reads the secrets of HS256, HS384 and HS512, separated by white space; Keys reads the key set of the other algorithms. Without both
	// nobody but the machine's own processes is let in.
	Secret func() (string, error)
	Keys   Source
	// Issuer and Audience are what a token has to be from and for.
	Issuer, Audience string
	// Origins are those of other sites whose pages may ask with a bearer token: scheme, host and port, as browsers send them.
	Origins []string
	// FrameAncestors are the origins whose pages may show the dashboard in a frame.
	FrameAncestors []string
	// Proxies are the addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
	Proxies []netip.Prefix
	// Revocations are of tokens that ended before their time; nil is none.
	Revocations Revocations
	// Limits bound what callers may take.
	Limits Limits
	Log    *slog.Logger
}

// Revocations say whose token has ended before its time. They are asked with each request, by many at once.
type Revocations interface {
	// Await waits until revocations are known, within a time of its own; an error says that they are not.
	Await(ctx context.Context) error
	Revoked(who *caller.Caller) bool
}

// Door is safe for concurrent use.
type Door struct {
	tokens  *tokens // nil where nothing is configured
	revoked Revocations
	proxies proxies
	cross   cross
	framed  string // frame-ancestors of the policy
	policy  string
	limits  *limiter
	log     *slog.Logger
}

// New returns a door, or says why its secret cannot be read. Key sets are read when the first token asks for them.
func New(opts Options) (*Door, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	cross, err := newCross(opts.Origins)
	if err != nil {
		return nil, err
	}
	d := &Door{proxies: opts.Proxies, cross: cross, revoked: opts.Revocations, limits: newLimiter(opts.Limits), log: opts.Log}
	d.framed = "'none'"
	if len(opts.FrameAncestors) > 0 {
		d.framed = strings.Join(opts.FrameAncestors, " ")
	}
	d.policy = policy(d.framed)
	if opts.Secret != nil || opts.Keys != nil {
		if d.tokens, err = newTokens(&opts); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Authenticates says that tokens are what lets a caller in.
func (d *Door) Authenticates() bool { return d.tokens != nil }

// Reload reads the secret and the key set again. What cannot be read leaves in use what was read before.
func (d *Door) Reload(ctx context.Context) {
	if d.tokens == nil {
		return
	}
	if err := d.tokens.reload(ctx); err != nil {
		d.log.WarnContext(ctx, "the keys of tokens stay what they were", telemetry.Err(err))
	}
}

// Close ends what is read in the background, and waits for it.
func (d *Door) Close() error {
	if d.tokens != nil && d.tokens.keys != nil {
		d.tokens.keys.close()
	}
	return nil
}

// Guard goes around a route. The route finds the caller in its context, and may read no more of a body than the limit.
func (d *Door) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asks := d.proxies.asker(r)
		// The machine's own processes are not counted: they could take more by other ways.
		counted := d.tokens != nil || !asks.local(r)
		if counted && !d.limits.address(w, asks.addr) {
			return
		}
		who, by, refused := d.identify(r, asks)
		if refused != nil {
			refused.write(w)
			return
		}
		if !d.cross.allow(w, r, by) || !d.limits.body(w, r) {
			return
		}
		ctx := caller.With(r.Context(), who)
		if counted {
			if !d.limits.tenant(w, who.Tenant) {
				return
			}
			if endless(r) {
				release, ok := d.limits.stream(w, who.Tenant, asks.addr)
				if !ok {
					return
				}
				var place *caller.Place
				ctx, place = caller.WithPlace(ctx, release)
				defer place.Back()
			}
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// endless says that a route's answer is a stream of events, by the form of its address.
func endless(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.Pattern, "/events")
}

// credential is how a caller was recognized.
type credential int

const (
	byLoopback credential = iota // it is on this machine
	byBearer                     // a page of another site cannot send it for somebody
	byCookie                     // the browser adds it by itself
)

// refusal is an answer to who is not let in.
type refusal struct {
	problem.Problem
	challenge string // WWW-Authenticate
	retry     string // Retry-After
}

func (f *refusal) write(w http.ResponseWriter) {
	if f.challenge != "" {
		w.Header().Set("WWW-Authenticate", f.challenge)
	}
	if f.retry != "" {
		w.Header().Set("Retry-After", f.retry)
	}
	f.Write(w)
}

// identify finds out who asks. The caller is never nil; it may do nothing where there is a refusal.
func (d *Door) identify(r *http.Request, asks asker) (*caller.Caller, credential, *refusal) {
	if d.tokens == nil {
		if !asks.local(r) {
			return &caller.Caller{}, byLoopback, &refusal{Problem: problem.New(http.StatusForbidden, "auth_not_configured",
				"authentication is not configured: only processes of this machine are answered, under a name of this machine (localhost) and without a proxy")}
		}
		return &caller.Caller{Subject: "loopback", Trusted: true}, byLoopback, nil
	}
	by := byBearer
	token, found := bearer(r)
	if !found {
		by = byCookie
		token, found = session(r, asks)
	}
	if !found {
		return &caller.Caller{}, by, unauthorized("token_missing", "this address needs a token: Authorization: Bearer …, or a session", "")
	}
	who, refused := d.tokens.check(r.Context(), token)
	if refused == nil {
		refused = d.ended(r.Context(), who)
	}
	if refused != nil {
		d.log.DebugContext(r.Context(), "a token is refused", slog.String("code", refused.Code), slog.String("why", refused.Detail))
		return &caller.Caller{}, by, refused
	}
	return who, by, nil
}

// ended refuses a token that was revoked, and every token while nobody can say which were.
func (d *Door) ended(ctx context.Context, who *caller.Caller) *refusal {
	switch {
	case d.revoked == nil:
		return nil
	case d.revoked.Await(ctx) != nil:
		return &refusal{Problem: problem.New(http.StatusServiceUnavailable, "revocations_unavailable", "this server has just started, and cannot read yet which tokens were revoked"), retry: "2"}
	case d.revoked.Revoked(who):
		return unauthorized("token_revoked", "the token was revoked: sign in again", "invalid_token")
	default:
		return nil
	}
}

// bearer returns the token of the Authorization header. A header that is there and holds something else is a token that is none: nothing else
// is looked at then.
func bearer(r *http.Request) (token string, found bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}
