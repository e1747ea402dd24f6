package api

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Options are what the API is made of.
type Options struct {
	// Redis is that of the streams, Backend that of poll buffers.
	Redis, Backend redis.UniversalClient
	// Input is the input stream, Group its consumers' group, OutputPrefix begins the names of output streams, whose approximate cap is MaxLen; 0 is none.
	Input, Group, OutputPrefix string
	MaxLen                     int64
	// Decoder and Events are those of the consumers.
	Decoder models.Decoder
	Events  *models.Events
	// Catalog returns the one in use; nil where there is none yet.
	Catalog func() *catalog.Catalog
	// Serves says whether some consumer has a strategy for a page that the catalog does not have; nil is never.
	Serves func(product, page, notification string) bool
	// Lost is how long a request may be on its way before it is given up, Known how long consumers know the finished ones.
	Lost, Known time.Duration
	// LiveKeys are those of live posts, none refuses them; LiveOnce is how long a post's id is known.
	LiveKeys [][]byte
	LiveOnce time.Duration
	// Follow answers with what comes of a request on the stream of its routing key, and tells sent what has been written; nil leaves the address out.
	Follow func(w http.ResponseWriter, r *http.Request, routingKey, request string, sent func(context.Context, []*feed.Message))
	// Files is the folder of reports and exports, where consumers have the same one; nil has none.
	Files *os.Root
	// Schemas are the documents under /v1/schemas, by name.
	Schemas map[string][]byte
	Log     *slog.Logger
}

// API serves the routes of this package.
type API struct {
	o     Options
	names names
	// awaiting has a place for each request that is waited for.
	awaiting chan struct{}
	verify   verifier
	// openapi and asyncapi are the documents.
	openapi, asyncapi []byte
}

// mostAwaited bounds the member requests that are waited for at a time: each polls the broker.
const mostAwaited = 32

// New returns an API.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &API{o: o, names: names{input: commit.NamesOf(o.Input), out: o.OutputPrefix}, awaiting: make(chan struct{}, mostAwaited), verify: newVerifier(o.LiveKeys), openapi: OpenAPI(), asyncapi: AsyncAPI()}
}

// Routes are the addresses with their handlers.
func (a *API) Routes() []gateway.Route {
	table := a.table()
	out := make([]gateway.Route, 0, len(table))
	for _, op := range table {
		if op.serve != nil {
			out = append(out, gateway.Route{Pattern: op.pattern(), Handler: op.handler(a), Open: op.open})
		}
	}
	return out
}
