package door

import (
	"net/http"
	"strings"
)

// Around goes around everything that a server answers: what browsers have to know about it, and who of other origins may read it.
func (d *Door) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", d.policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if d.framed == "'none'" {
			h.Set("X-Frame-Options", "DENY")
		}
		if !d.cross.share(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// policy is what the dashboard needs: its own scripts and styles, pictures that it draws itself, and this origin's API. Charts set the style of
// their elements in attributes, which take no code; style sheets come from files alone.
func policy(framed string) string {
	return strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "style-src-attr 'unsafe-inline'", "img-src 'self' data: blob:", "font-src 'self'",
		"connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors " + framed,
	}, "; ")
}
