package api

import (
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// writeJSON answers with a value. Keys of maps are in order, so that equal answers are equal bytes.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v, json.Deterministic(true))
	if err != nil { // our own types: it cannot fail
		problem.New(http.StatusInternalServerError, "encoding_failed", "the answer could not be written").Write(w)
		return
	}
	writeRaw(w, status, "application/json", body)
}

func writeRaw(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error here means that the caller is gone
}

// escapeSegment writes a text as one segment of a path.
func escapeSegment(s string) string { return url.PathEscape(s) }
