package door

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// The cookie that holds a browser's token. Over TLS its name has the browser see to it that nobody but this host has set it; without TLS there
// are sessions on this machine alone.
const (
	secureCookie = "__Host-dispatcher_session"
	localCookie  = "dispatcher_session"
	// longestCookie is what browsers keep, with some room for the name and the attributes.
	longestCookie = 3800
)

// session returns the token of the session cookie.
func session(r *http.Request, asks asker) (token string, found bool) {
	cookie, err := r.Cookie(cookieName(asks))
	if err != nil || cookie.Value == "" {
		return "", false
	}
	return cookie.Value, true
}

func cookieName(asks asker) string {
	if asks.secure {
		return secureCookie
	}
	return localCookie
}

// Session says who one is.
type Session struct {
	Tenant  string `json:"tenant"`
	Subject string `json:"subject"`
	// ExpiresAt is null for the machine's own processes where no authentication is configured.
	ExpiresAt *time.Time `json:"expires_at"`
	Roles     []string   `json:"roles"`
	// Trusted says that the caller chooses its tenant itself: no authentication is configured.
	Trusted bool `json:"trusted"`
}

func sessionOf(who *caller.Caller) Session {
	s := Session{Tenant: who.Tenant, Subject: who.Subject, Roles: who.Roles, Trusted: who.Trusted}
	if s.Roles == nil {
		s.Roles = []string{}
	}
	if who.Trusted {
		s.Roles = []string{"operator"}
	}
	if !who.Expires.IsZero() {
		s.ExpiresAt = &who.Expires
	}
	return s
}

// ShowSession answers GET /v1/session, inside Guard.
func (d *Door) ShowSession(w http.ResponseWriter, r *http.Request) {
	writeSession(w, caller.From(r.Context()))
}

// BeginSession answers POST /v1/session, inside Guard: it puts the bearer token into a cookie.
func (d *Door) BeginSession(w http.ResponseWriter, r *http.Request) {
	who := caller.From(r.Context())
	if who.Trusted { // needs none
		writeSession(w, who)
		return
	}
	token, found := bearer(r)
	if !found {
		unauthorized("token_missing", "a session begins with a token: Authorization: Bearer …", "").write(w)
		return
	}
	asks := d.proxies.asker(r)
	switch {
	case !asks.secure && !asks.local(r):
		problem.New(http.StatusForbidden, "session_needs_tls", "a session needs TLS; where a proxy ends it, the proxy's address has to be among the trusted ones").Write(w)
		return
	case len(token) > longestCookie:
		problem.New(http.StatusUnprocessableEntity, "token_too_long", "the token is longer than browsers keep in a cookie").Write(w)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(asks), Value: token, Path: "/", Expires: who.Expires, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: asks.secure,
	})
	writeSession(w, who)
}

// EndSession answers DELETE /v1/session, outside Guard: a session that has expired can be ended too.
func (d *Door) EndSession(w http.ResponseWriter, r *http.Request) {
	asks := d.proxies.asker(r)
	if _, found := session(r, asks); found {
		if !d.cross.allow(w, r, byCookie) {
			return
		}
		http.SetCookie(w, &http.Cookie{Name: cookieName(asks), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: asks.secure})
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

func writeSession(w http.ResponseWriter, who *caller.Caller) {
	body, err := json.Marshal(sessionOf(who))
	if err != nil { // texts and a time: it cannot fail
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Authorization, Cookie")
	_, _ = w.Write(body) // an error here means that the caller is gone
}
