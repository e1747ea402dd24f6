// Package problem answers with RFC 9457 problem objects.
package problem

import (
	"encoding/json"
	"net/http"
)

// Problem is what went wrong with a request, for people (Detail) and programs (Code).
type Problem struct {
	Type   string  `json:"type"`
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Code   string  `json:"code"`
	Errors []Field `json:"errors,omitempty"`
}

// Field names a place in a request's body, as a JSON pointer, or a parameter ("?limit"), and what is wrong there.
type Field struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
}

// New returns a problem. code is a word in snake_case that never changes; detail is a sentence.
func New(status int, code, detail string, fields ...Field) Problem {
	return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code, Errors: fields}
}

// Write answers with it. A writer that has Refused is told the code.
func (p Problem) Write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // texts and numbers: it cannot fail
		http.Error(w, http.StatusText(p.Status), p.Status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	for inner := w; inner != nil; {
		if told, ok := inner.(interface{ Refused(code string) }); ok {
			told.Refused(p.Code)
			break
		}
		outer, ok := inner.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		inner = outer.Unwrap()
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // an error here means that the caller is gone
}

// Error makes it an error, for functions that find out what is wrong and do not answer themselves.
func (p Problem) Error() string { return p.Code + ": " + p.Detail }
