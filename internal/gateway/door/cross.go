package door

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// cross keeps pages of other sites from asking in somebody's name, and lets those ask in their own that are known.
type cross struct {
	origins []string
	// same lets state changes of the same origin through, and of programs, which say nothing of an origin; friends those of the origins too.
	same, friends *http.CrossOriginProtection
}

func newCross(origins []string) (cross, error) {
	c := cross{origins: origins, same: http.NewCrossOriginProtection(), friends: http.NewCrossOriginProtection()}
	for _, origin := range origins {
		if err := c.friends.AddTrustedOrigin(origin); err != nil {
			return c, fmt.Errorf("door: origin %q: %w", origin, err)
		}
	}
	return c, nil
}

// allow refuses a state change that a page may have asked for without its user's will. What a page cannot send by itself, a bearer token, proves
// the will; a cookie does not, nor does being on the same machine.
func (c *cross) allow(w http.ResponseWriter, r *http.Request, by credential) bool {
	switch by {
	case byBearer:
		return true
	case byCookie:
		if c.same.Check(r) == nil && (readOnly(r.Method) || saysWhere(r)) {
			return true
		}
	case byLoopback:
		if c.friends.Check(r) == nil {
			return true
		}
	}
	problem.New(http.StatusForbidden, "cross_origin", "this change was asked for by a page of another origin, or by session and without saying of which origin: use a bearer token").Write(w)
	return false
}

// saysWhere says that a browser told of its page's origin. Each one that is in use does with a state change.
func saysWhere(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != ""
}

func readOnly(method string) bool {
	return slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// share answers preflights, and lets pages of the origins that are known read the answer. It says that the request is answered. No credentials are
// allowed: other origins ask with a bearer token, never by somebody's session.
func (c *cross) share(w http.ResponseWriter, r *http.Request) (answered bool) {
	origin := r.Header.Get("Origin")
	if len(c.origins) > 0 {
		w.Header().Add("Vary", "Origin")
	}
	known := origin != "" && slices.Contains(c.origins, origin)
	preflight := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
	h := w.Header()
	if known {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, ETag, Content-Disposition")
	}
	switch {
	case !preflight:
		return false
	case !known:
		problem.New(http.StatusForbidden, "origin_not_allowed", "pages of this origin may not ask here").Write(w)
	default:
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Accept-Language, Idempotency-Key, Last-Event-ID, If-None-Match, Cache-Control")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	}
	return true
}
