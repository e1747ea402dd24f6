package door

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// from sets where a request comes from.
func from(r *http.Request, addr string) *http.Request {
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(addr), 4711).String()
	return r
}

func TestWithoutAuthenticationThisMachineAlone(t *testing.T) {
	t.Parallel()
	d := newDoor(t, Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for _, tc := range []struct {
		name, addr, host string
		headers          []string
		let              bool
	}{
		{"localhost", "127.0.0.1", "localhost:8080", nil, true},
		{"its address", "127.0.0.1", "127.0.0.1", nil, true},
		{"another of its addresses", "127.8.0.1", "127.0.0.2:80", nil, true},
		{"IPv6", "::1", "[::1]:8080", nil, true},
		{"IPv4 in IPv6", "::ffff:127.0.0.1", "LocalHost", nil, true},
		{"another machine", "10.0.0.1", "localhost:8080", nil, false},
		{"another machine by name", "10.0.0.1", "gateway.example", nil, false},
		{"a name that was made to point here", "127.0.0.1", "evil.example:8080", nil, false},
		{"a name that looks like it", "127.0.0.1", "localhost.evil.example", nil, false},
		{"an address that looks like it", "127.0.0.1", "127.0.0.1.evil.example", nil, false},
		{"no name", "127.0.0.1", "", nil, false},
		{"a proxy", "127.0.0.1", "localhost", []string{"X-Forwarded-For", "127.0.0.1"}, false},
		{"a proxy of the standard", "127.0.0.1", "localhost", []string{"Forwarded", "for=127.0.0.1"}, false},
		{"a proxy that says the name", "127.0.0.1", "localhost", []string{"X-Forwarded-Host", "localhost"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := from(request(t, "GET", "/v1/it", tc.headers...), tc.addr)
			r.Host = tc.host
			w := ask(d, r)
			if !tc.let {
				wantProblem(t, w, http.StatusForbidden, "auth_not_configured")
				return
			}
			if c := wantCaller(t, w); !c.Trusted || !c.Is("operator") {
				t.Errorf("the caller is %+v", c)
			}
		})
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	p := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct {
		peer       string
		forwarded  []string
		proto      []string
		want       string
		wantSecure bool
	}{
		{"203.0.113.1", nil, nil, "203.0.113.1", false},
		{"203.0.113.1", []string{"1.2.3.4"}, []string{"https"}, "203.0.113.1", false}, // nobody's proxy
		{"10.0.0.1", []string{"1.2.3.4"}, []string{"https"}, "1.2.3.4", true},
		{"10.0.0.1", []string{"9.9.9.9, 1.2.3.4"}, []string{"http"}, "1.2.3.4", false}, // what the client wrote itself is before it
		{"10.0.0.1", []string{"9.9.9.9", "1.2.3.4, 10.2.0.1"}, nil, "1.2.3.4", false},  // two proxies, two headers
		{"10.0.0.1", []string{"10.9.9.9, 10.2.0.1"}, nil, "10.9.9.9", false},
		{"10.0.0.1", []string{"1.2.3.4, garbage"}, nil, "10.0.0.1", false},
		{"10.0.0.1", []string{""}, []string{"https, http"}, "10.0.0.1", false},
		{"fd00::1", []string{"2001:db8::1"}, []string{"HTTPS"}, "2001:db8::1", true},
		{"10.0.0.1", []string{"::ffff:1.2.3.4"}, nil, "1.2.3.4", false},
	} {
		r := from(request(t, "GET", "/"), tc.peer)
		r.Header["X-Forwarded-For"], r.Header["X-Forwarded-Proto"] = tc.forwarded, tc.proto
		if got := p.asker(r); got.addr.String() != tc.want || got.secure != tc.wantSecure {
			t.Errorf("%s %q: got %v, secure %v", tc.peer, tc.forwarded, got.addr, got.secure)
		}
	}
}

const friend = "https://app.example"

func TestPreflight(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{Origins: []string{friend}}))
	preflight := func(origin string) *http.Request {
		return request(t, "OPTIONS", "/v1/it", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization")
	}
	w := ask(d, preflight(friend))
	if h := w.Header(); w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != friend || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") || h.Get("Vary") != "Origin" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("got %d %v", w.Code, h)
	}
	for _, origin := range []string{"https://evil.example", "http://app.example", friend + ":8443", friend + ".evil.example", "null", strings.ToUpper(friend)} {
		w := ask(d, preflight(origin))
		wantProblem(t, w, http.StatusForbidden, "origin_not_allowed")
		got := ask(d, request(t, "GET", "/v1/it", "Origin", origin, "Authorization", "Bearer "+hs(t, nil)))
		if w.Header().Get("Access-Control-Allow-Origin") != "" || got.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is allowed", origin)
		}
	}
	if w := ask(d, request(t, "GET", "/v1/it", "Origin", friend, "Authorization", "Bearer "+hs(t, nil))); w.Code != http.StatusOK || w.Header().Get("Access-Control-Allow-Origin") != friend {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func TestChangesNeedTheirUsersWill(t *testing.T) {
	t.Parallel()
	token := hs(t, nil)
	session := []string{"Cookie", localCookie + "=" + token}
	bearer := []string{"Authorization", "Bearer " + token}
	cross := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}
	same := []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080"}
	known := []string{"Sec-Fetch-Site", "cross-site", "Origin", friend}
	for _, tc := range []struct {
		name   string
		auth   bool
		method string
		who    []string
		where  []string
		let    bool
	}{
		{"session, same origin", true, "POST", session, same, true},
		{"session, same origin of an old browser", true, "POST", session, same[2:], true},
		{"session, cross-site", true, "POST", session, cross, false},
		{"session, a site of the same domain", true, "POST", session, []string{"Sec-Fetch-Site", "same-site"}, false},
		{"session, an origin that may ask by bearer", true, "POST", session, known, false},
		{"session, nothing said", true, "POST", session, nil, false},
		{"session, only read", true, "GET", session, nil, true},
		{"bearer, nothing said", true, "POST", bearer, nil, true},
		{"bearer, cross-site", true, "POST", bearer, cross, true},
		{"this machine's program", false, "POST", nil, nil, true},
		{"this machine's browser, cross-site", false, "POST", nil, cross, false},
		{"this machine's browser, cross-site of an old browser", false, "POST", nil, cross[2:], false},
		{"this machine's browser, same origin", false, "POST", nil, same, true},
		{"this machine's browser, a known origin", false, "POST", nil, known, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			opts := Options{Origins: []string{friend}}
			if tc.auth {
				opts = withSecret(opts)
			}
			d := newDoor(t, opts)
			r := from(request(t, tc.method, "/v1/it", append(tc.who, tc.where...)...), "127.0.0.1")
			r.Host = "localhost:8080"
			if w := ask(d, r); !tc.let {
				wantProblem(t, w, http.StatusForbidden, "cross_origin")
			} else if w.Code != http.StatusOK {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	d := newDoor(t, withSecret(Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}))
	exp := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	token := hs(t, map[string]any{"exp": exp.Unix()})
	ask := func(method, addr, host string, headers ...string) (status int, cookie string, body Session) {
		r := from(request(t, method, "/v1/session", headers...), addr)
		r.Host = host
		w := ask(d, r)
		_ = json.Unmarshal(w.Body.Bytes(), &body)
		return w.Code, w.Header().Get("Set-Cookie"), body
	}
	expires := exp.Format(http.TimeFormat)
	for _, tc := range []struct {
		name, addr, host string
		headers          []string
		status           int
		cookie           string
	}{
		{"over TLS", "10.0.0.1", "d.example", []string{"X-Forwarded-Proto", "https"}, 200, secureCookie + "=" + token + "; Path=/; Expires=" + expires + "; HttpOnly; Secure; SameSite=Strict"},
		{"this machine", "127.0.0.1", "localhost:8080", nil, 200, localCookie + "=" + token + "; Path=/; Expires=" + expires + "; HttpOnly; SameSite=Strict"},
		{"in the clear", "10.0.0.1", "d.example", []string{"X-Forwarded-Proto", "http"}, 403, ""},
		{"somebody who says that it is TLS", "10.0.0.2", "d.example", []string{"X-Forwarded-Proto", "https"}, 403, ""},
		{"another name of this machine", "127.0.0.1", "d.example", nil, 403, ""},
	} {
		status, cookie, body := ask("POST", tc.addr, tc.host, append(tc.headers, "Authorization", "Bearer "+token)...)
		if status != tc.status || cookie != tc.cookie {
			t.Errorf("%s: got %d %s", tc.name, status, cookie)
		}
		if want := (Session{Tenant: "42", Subject: "ann", ExpiresAt: &exp, Roles: []string{"operator"}}); status == 200 && !cmp.Equal(want, body, cmp.Comparer(time.Time.Equal)) {
			t.Errorf("%s: %s", tc.name, cmp.Diff(want, body))
		}
	}
	for _, tc := range []struct {
		name, method, addr, host string
		headers                  []string
		status                   int
		cookie                   string
	}{
		{"its cookie says who one is", "GET", "127.0.0.1", "localhost", []string{"Cookie", localCookie + "=" + token}, 200, ""},
		{"over TLS the other name holds", "GET", "10.0.0.1", "d.example", []string{"X-Forwarded-Proto", "https", "Cookie", localCookie + "=" + token}, 401, ""},
		{"a bearer goes before it", "GET", "127.0.0.1", "localhost", []string{"Cookie", localCookie + "=" + token, "Authorization", "Bearer x"}, 401, ""},
		{"it does not make another", "POST", "127.0.0.1", "localhost", []string{"Cookie", localCookie + "=" + token, "Sec-Fetch-Site", "same-origin"}, 401, ""},
		{"it ends", "DELETE", "127.0.0.1", "localhost", []string{"Cookie", localCookie + "=" + token, "Sec-Fetch-Site", "same-origin"}, 204, localCookie + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"},
		{"an old one ends too", "DELETE", "10.0.0.1", "d.example", []string{"X-Forwarded-Proto", "https", "Cookie", secureCookie + "=old", "Origin", "https://d.example"}, 204, secureCookie + "=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"},
		{"another site does not end it", "DELETE", "127.0.0.1", "localhost", []string{"Cookie", localCookie + "=" + token, "Sec-Fetch-Site", "cross-site"}, 403, ""},
		{"there is none to end", "DELETE", "127.0.0.1", "localhost", nil, 204, ""},
		{"a token that no browser keeps", "POST", "127.0.0.1", "localhost", []string{"Authorization", "Bearer " + hs(t, map[string]any{"fill": strings.Repeat("a", longestCookie)})}, 422, ""},
	} {
		if status, cookie, _ := ask(tc.method, tc.addr, tc.host, tc.headers...); status != tc.status || cookie != tc.cookie {
			t.Errorf("%s: got %d %s", tc.name, status, cookie)
		}
	}
}

func TestSessionWithoutAuthentication(t *testing.T) {
	t.Parallel()
	d := newDoor(t, Options{})
	for _, method := range []string{"GET", "POST"} {
		r := from(request(t, method, "/v1/session"), "127.0.0.1")
		r.Host = "localhost"
		w := ask(d, r)
		if want := `{"tenant":"","subject":"loopback","expires_at":null,"roles":["operator"],"trusted":true}`; w.Code != 200 || w.Body.String() != want || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: got %d %s %v", method, w.Code, w.Body, w.Header())
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for framed, opts := range map[string]Options{"frame-ancestors 'none'": {}, "frame-ancestors https://a.example https://b.example": {FrameAncestors: []string{"https://a.example", "https://b.example"}}} {
		h := ask(newDoor(t, opts), request(t, "GET", "/nothing")).Header()
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'; ", "script-src 'self'; ", "base-uri 'none'; ", framed} {
			if !strings.Contains(csp, want) {
				t.Errorf("%q is not in %s", want, csp)
			}
		}
		if strings.Contains(csp, "script-src 'self' ") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || (h.Get("X-Frame-Options") == "DENY") != (len(opts.FrameAncestors) == 0) {
			t.Errorf("headers are %v", h)
		}
	}
}
