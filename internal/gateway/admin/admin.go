// Package admin is the operators' HTTP API: how a deployment does, what waits and runs, dead letters, the pause, and revoked tokens.
//
// It has a listener of its own. Each route asks for the role operator, by default: a route that forgets to say what it needs is one nobody can
// call. It computes nothing and serves no page; it reads what Redis holds, as `dispatcher pending` and `dispatcher dead-letter` do, and changes
// what they change.
package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/sink/deadletter"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Operator is the role that every route asks for.
const Operator = "operator"

// Options are what the API is made of.
type Options struct {
	Redis redis.UniversalClient
	// Input is the input stream, Group its consumer group, Rejected the stream of dead letters.
	Input, Group, Rejected string
	// Classes are the streams of the classes of requests, the input stream first.
	Classes []Class
	// Sources asks the stores of the catalog whether they answer.
	Sources func(ctx context.Context) ([]Source, error)
	// Recent returns the requests that came last over HTTP, the newest first, each with the moments of its way, as JSON is made of it.
	Recent func(ctx context.Context, limit int64) (any, error)
	// Latency returns how long those requests took that came over HTTP within a span before now.
	Latency func(ctx context.Context, span time.Duration) ([]Took, error)
	// Pprof serves Go's profiles.
	Pprof bool
	Log   *slog.Logger
}

// Class is a class of requests and its stream.
type Class struct{ Name, Stream string }

// Source is a store and what it says.
type Source struct {
	Name string `json:"name"`
	// Status is up, down or not_configured; Error says why it is not up, in words that anybody may read.
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
}

// API is safe for concurrent use.
type API struct {
	o     Options
	names commit.Names
	dead  *deadletter.Store
	rates *sampler
}

// New returns the API.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &API{
		o: o, names: commit.NamesOf(o.Input), rates: newSampler(),
		dead: &deadletter.Store{Redis: o.Redis, Stream: o.Rejected, Input: o.Input},
	}
}

// Run counts what comes and goes until ctx ends, for the rates of the overview.
func (a *API) Run(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		if err := a.sample(ctx); err != nil && ctx.Err() == nil {
			a.o.Log.DebugContext(ctx, "what comes and goes is not counted", telemetry.Err(err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Routes are those of the API. The door goes around them.
func (a *API) Routes() []gateway.Route {
	var routes []gateway.Route
	for _, op := range a.table() {
		routes = append(routes, gateway.Route{Pattern: op.method + " " + op.path, Handler: a.only(op)})
	}
	if a.o.Pprof {
		for path, h := range map[string]http.HandlerFunc{
			"/debug/pprof/": pprof.Index, "/debug/pprof/cmdline": pprof.Cmdline, "/debug/pprof/profile": pprof.Profile, "/debug/pprof/symbol": pprof.Symbol, "/debug/pprof/trace": pprof.Trace,
		} {
			routes = append(routes, gateway.Route{Pattern: "GET " + path, Handler: operators(h)})
		}
	}
	return routes
}

// only serves an operation for operators, and answers its errors.
func (a *API) only(op operation) http.Handler {
	return operators(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerLimit)
		defer cancel()
		if err := op.serve(a, w, r.WithContext(ctx)); err != nil {
			a.refuse(w, r, err)
		}
	})
}

// answerLimit bounds what one answer takes; it is shorter than the server's own limit, so that a long replay ends with an answer.
const answerLimit = 20 * time.Second

// operators refuses everybody else.
func operators(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !caller.From(r.Context()).Is(Operator) {
			problem.New(http.StatusForbidden, "not_an_operator", "this needs the role "+Operator).Write(w)
			return
		}
		next(w, r)
	})
}

func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if p, ok := errors.AsType[problem.Problem](err); ok {
		p.Write(w)
		return
	}
	if r.Context().Err() != nil {
		return // the caller is gone
	}
	a.o.Log.WarnContext(r.Context(), "an operator's question failed", slog.String("path", r.URL.Path), telemetry.Err(err))
	w.Header().Set("Retry-After", "5")
	problem.New(http.StatusServiceUnavailable, "broker_unavailable", "Redis does not answer this; the log says why").Write(w)
}
