package api

import (
	"maps"
	"net/http"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// PageList are the pages that a caller may ask.
type PageList struct {
	Pages []PageSummary `json:"pages"`
}

// PageSummary is a page as a list shows it.
type PageSummary struct {
	ID          string `json:"id"`
	Product     string `json:"product"`
	Event       string `json:"event"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Custom says that requests may describe widgets of their own.
	Custom bool `json:"custom"`
	// Widgets is how many it has.
	Widgets int `json:"widgets"`
}

// pages lists what the caller may ask, by product and name.
func (a *API) pages(w http.ResponseWriter, r *http.Request) error {
	cat, err := a.catalog()
	if err != nil {
		return err
	}
	c, language := caller.From(r.Context()), r.URL.Query().Get("language")
	list := PageList{Pages: []PageSummary{}}
	for _, page := range inOrder(cat) {
		if c.MayAsk(page.Key.Page) {
			list.Pages = append(list.Pages, a.summary(page, language))
		}
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func (a *API) summary(p *catalog.Page, language string) PageSummary {
	return PageSummary{
		ID: p.Key.Page, Product: p.Key.Product, Event: a.eventOf(p), Title: p.Label.In(language, p.Key.Page), Description: p.Description,
		Custom: p.Custom != nil, Widgets: len(p.Widgets),
	}
}

// catalog is the one in use.
func (a *API) catalog() (*catalog.Catalog, error) {
	if cat := a.o.Catalog(); cat != nil {
		return cat, nil
	}
	return nil, problem.New(http.StatusServiceUnavailable, "catalog_unusable", "the catalog cannot be used now")
}

// asked finds the page of an address. One that the caller may not ask is not there.
func (a *API) asked(r *http.Request) (*catalog.Page, error) {
	cat, err := a.catalog()
	if err != nil {
		return nil, err
	}
	key := catalog.PageKey{Product: r.URL.Query().Get("product"), Page: r.PathValue("page")}
	page := cat.Pages[key.String()]
	if page == nil || page.Key != key || !caller.From(r.Context()).MayAsk(page.Key.Page) {
		return nil, notFound("unknown_page", "there is no such page; GET /v1/pages lists them, with the product of each")
	}
	return page, nil
}

// The events of the contract that take any page by its name.
const (
	anyPage       = "custom_projects"
	anyDashboard  = "custom_dashboard_go_dispatcher"
	oneMessage    = "unified_json" // answered by one message, in place of one a widget
	dashboardsFor = "Dashboards"
)

// eventOf is an event by which a page is asked: its own, where it declares one, the contract's for this page, or one that takes any.
func (a *API) eventOf(p *catalog.Page) string {
	if len(p.Events) > 0 {
		return p.Events[0]
	}
	if p.Key.Product == dashboardsFor {
		return anyDashboard
	}
	if p.Key.Product == "" {
		byEvent := a.o.Events.Pages()
		for _, event := range slices.Sorted(maps.Keys(byEvent)) {
			if event != oneMessage && slices.Contains(byEvent[event], p.Key.Page) {
				return event
			}
		}
	}
	return anyPage
}
