package server

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/format/schema"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
	"github.com/go-dispatcher/dispatcher/internal/gateway/events"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// newAPI is the HTTP API over the broker, and the Redis of poll buffers where that is another one. It reads requests as consumers of the same configuration do.
func newAPI(c *config.Config, files *os.Root, broker, backend redis.UniversalClient, pages func() *catalog.Catalog, live *events.Events, log *slog.Logger) *api.API {
	byHand := key.ByHand()
	if backend == nil {
		backend = broker
	}
	follow := func(w http.ResponseWriter, r *http.Request, routingKey, request string, sent func(context.Context, []*feed.Message)) {
		live.Request(w, r, events.Request{RoutingKey: routingKey, ID: request, Sent: sent})
	}
	return api.New(api.Options{
		Redis: broker, Backend: backend, Input: c.Stream.Input, Group: c.Stream.Group, OutputPrefix: c.Stream.OutputPrefix, MaxLen: c.Stream.MaxLen,
		Decoder: models.Decoder{MaxBytes: c.Dispatcher.MaxRequestBytes, MaxDepth: c.Dispatcher.MaxDepth}, Events: models.NewEvents(), Catalog: pages,
		Serves: func(product, page, notification string) bool {
			return slices.ContainsFunc(key.Of(product, page, notification), func(k key.Key) bool { return slices.Contains(byHand, k) })
		},
		// A request may wait for the event timeout, and then run for as long.
		Lost: 2 * c.EventTimeout, Known: c.Dispatcher.DedupWindow,
		LiveKeys: c.Live.SigningKeys(), LiveOnce: 2 * c.Live.GiveUpAfter,
		Follow:  follow,
		Files:   files,
		Schemas: map[string][]byte{"result.json": schema.Result(), "catalog.json": catalog.Schema()},
		Log:     log,
	})
}
