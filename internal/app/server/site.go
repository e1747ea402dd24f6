package server

import (
	"net/http"

	"github.com/go-dispatcher/dispatcher/internal/gateway"
	"github.com/go-dispatcher/dispatcher/internal/gateway/web"
)

// site are the routes of a page of the dashboard, at the addresses of its views. They are for everybody: files without data.
func site(page string, views ...string) ([]gateway.Route, error) {
	s, err := web.New(page)
	if err != nil {
		return nil, err
	}
	routes := []gateway.Route{{Pattern: "GET /assets/{file}", Handler: http.HandlerFunc(s.Asset), Open: true}}
	for _, view := range views {
		routes = append(routes, gateway.Route{Pattern: view, Handler: http.HandlerFunc(s.Page), Open: true})
	}
	return routes, nil
}
