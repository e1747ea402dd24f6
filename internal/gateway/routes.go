package gateway

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// Route is one address of a part of the server, which brings its handler.
type Route struct {
	// Pattern is one of http.ServeMux with a method: "GET /v1/streams/{routing_key}/events" serves HEAD too.
	Pattern string
	Handler http.Handler
	// Open says that no door is around it: it is for everybody, or finds out by itself who asks.
	Open bool
}

// routes is the handler of everything that the server serves.
func (s *Server) routes() http.Handler {
	mux, _ := s.assemble()
	if s.opts.Around != nil {
		return s.opts.Around(mux)
	}
	return mux
}

// Patterns are those of everything that the server serves, as they are mounted; what no other one takes is refused by "/".
func (s *Server) Patterns() []string {
	_, patterns := s.assemble()
	return patterns
}

// assemble mounts every address.
func (s *Server) assemble() (mux *http.ServeMux, patterns []string) {
	mux = http.NewServeMux()
	handle := func(pattern string, h http.Handler) {
		mux.Handle(pattern, h)
		patterns = append(patterns, pattern)
	}
	handle("GET /health", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
	}))
	handle("GET /ready", http.HandlerFunc(s.ready))
	if s.opts.Metrics != nil {
		handle("GET /metrics", s.opts.Metrics)
	}
	for _, r := range s.opts.Routes {
		h := r.Handler
		if s.opts.Door != nil && !r.Open {
			h = s.opts.Door(h)
		}
		handle(r.Pattern, counted(s.opts.Counts, r.Pattern, h))
	}
	rest := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(w, methods(mux, r)) })
	handle("/", counted(s.opts.Counts, "/", rest))
	return mux, patterns
}

// refuse answers what no route takes: methods are those that the address has.
func refuse(w http.ResponseWriter, methods []string) {
	if len(methods) == 0 {
		problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
		return
	}
	allow := strings.Join(methods, ", ")
	w.Header().Set("Allow", allow)
	problem.New(http.StatusMethodNotAllowed, "method_not_allowed", "this address takes other methods: "+allow).Write(w)
}

// methods are those with which a route takes the address of a request.
func methods(mux *http.ServeMux, r *http.Request) (out []string) {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, pattern := mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); pattern != "/" {
			out = append(out, method)
		}
	}
	return out
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
