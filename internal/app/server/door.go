package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/door"
)

// newDoor makes what stands before the routes of the HTTP API.
func newDoor(c *config.Config, revoked door.Revocations, log *slog.Logger) (*door.Door, error) {
	g := &c.Gateway
	opts := door.Options{
		Issuer: g.Issuer, Audience: g.Audience, Origins: g.OriginList(), FrameAncestors: g.FrameList(), Proxies: g.Proxies(), Revocations: revoked, Log: log,
		Limits: door.Limits{
			AddressRate: g.AddressRate, TenantRate: g.TenantRate, AddressStreams: g.AddressStreams, TenantStreams: g.TenantStreams, Body: int64(c.Dispatcher.MaxRequestBytes),
		},
	}
	switch {
	case g.JWTSecretFile != "":
		opts.Secret = func() (string, error) { return textIn(g.JWTSecretFile) }
	case !g.JWTSecret.IsZero():
		opts.Secret = func() (string, error) { return g.JWTSecret.Reveal(), nil }
	}
	switch {
	case g.JWKSFile != "":
		opts.Keys = door.KeysIn(g.JWKSFile)
	case !g.JWKSURL.IsZero():
		opts.Keys = door.KeysAt(g.JWKSURL.Reveal())
	}
	return door.New(opts)
}

func textIn(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read a secret (APP_GATEWAY_JWT_SECRET_FILE): %w", err)
	}
	return string(text), nil
}

// sessionRoutes are those with which a browser keeps its token.
func sessionRoutes(d *door.Door) []gateway.Route {
	return []gateway.Route{
		{Pattern: "GET /v1/session", Handler: http.HandlerFunc(d.ShowSession)},
		{Pattern: "POST /v1/session", Handler: http.HandlerFunc(d.BeginSession)},
		{Pattern: "DELETE /v1/session", Handler: http.HandlerFunc(d.EndSession), Open: true},
	}
}
