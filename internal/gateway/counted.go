package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// counted counts what a route answers, and how long it takes. A stream lasts as long as its reader wants: it is counted where it was refused.
func counted(counts *telemetry.HTTP, pattern string, next http.Handler) http.Handler {
	if counts == nil {
		return next
	}
	method, route, found := strings.Cut(pattern, " ")
	if !found { // it takes everything else, by whatever method
		method, route = "_OTHER", pattern
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, began := &counter{ResponseWriter: w, status: http.StatusOK}, time.Now()
		defer func() {
			if c.code != "" {
				counts.Refused(c.code)
			}
			if c.status >= http.StatusBadRequest || !strings.HasSuffix(route, "/events") {
				counts.Answered(method, route, c.status, time.Since(began))
			}
		}()
		next.ServeHTTP(c, r)
	})
}

// counter sees the status of an answer. What else the server's writer can do is found by Unwrap.
type counter struct {
	http.ResponseWriter
	status int
	code   string
}

// Unwrap is for http.ResponseController.
func (c *counter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counter) WriteHeader(status int) {
	if status >= http.StatusOK { // else it is on its way
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Refused is told the code of a problem that is answered.
func (c *counter) Refused(code string) { c.code = code }
