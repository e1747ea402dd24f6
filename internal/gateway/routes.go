package gateway

import (
	"encoding/json"
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) {
		mux.HandleFunc("GET "+path, h) // HEAD too
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", "GET, HEAD")
			problem.New(http.StatusMethodNotAllowed, "method_not_allowed", "this address is only read: use GET").Write(w)
		})
	}
	get("/health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
	})
	get("/ready", s.ready)
	if s.opts.Metrics != nil {
		get("/metrics", s.opts.Metrics.ServeHTTP)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
	})
	return mux
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	result, err := s.readiness.get(r.Context())
	if err != nil {
		return // the caller is gone
	}
	if s.stopping() {
		result = Readiness{Failing: append([]Failure{{Name: "process", Error: "is shutting down"}}, result.Failing...)}
	}
	status := http.StatusOK
	if !result.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, "application/json", result)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error here means that the caller is gone
}
