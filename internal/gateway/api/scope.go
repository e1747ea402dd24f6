package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// tenantKeys are the names under which a request says whose data it is about, with what the caller's token says.
func tenantKeys(c *caller.Caller) map[string]string {
	return map[string]string{"company_id": c.Tenant, "company_schema": c.Schema, "dbName": c.Database}
}

// tenant sets whose data the request is about: what the token says, and nothing else. A body may repeat it, under any spelling. A trusted caller's
// tenant is the one that it names.
func (b *body) tenant(c *caller.Caller) (string, error) {
	if c.Trusted {
		return b.req.Tenant(), nil
	}
	if c.Tenant == "" {
		return "", problem.New(http.StatusForbidden, "no_tenant", "the caller belongs to no tenant")
	}
	own := tenantKeys(c)
	for _, m := range b.data {
		mine, names := own[models.Canonical(m.Name)]
		if said := textOf(m.Value); names && said != "" && said != mine {
			return "", bad(http.StatusForbidden, "other_tenant", at(m.Name), m.Name+" is not the caller's")
		}
	}
	for key, value := range own {
		b.set(key, value)
	}
	return c.Tenant, nil
}

// page finds the page that a consumer will look for, and refuses one that the caller may not ask.
func (a *API) page(c *caller.Caller, b *body) error {
	req, cat := b.req, a.o.Catalog()
	declared := map[string]string{}
	if cat != nil {
		declared = eventsOf(cat)
	}
	if err := a.o.Events.Enrich(req, func(event string) bool { _, ok := declared[event]; return ok }); err != nil {
		return bad(http.StatusBadRequest, fault.ReasonOf(err), "/eventName", fault.SafeText(err))
	}
	if req.PageName == "" {
		req.PageName = cmp.Or(declared[req.EventName], "Default") // the contract's name of none
	}
	asked := []string{req.PageName}
	if strings.EqualFold(req.Product, "Alerts") && req.PageAlertNotification != "" {
		asked = append(asked, req.PageAlertNotification) // the page may be looked for under this name
	}
	for _, page := range asked {
		if !c.MayAsk(page) {
			return bad(http.StatusForbidden, "other_page", b.at("page_name"), "the caller may not ask this page")
		}
	}
	if cat != nil && !a.served(cat, req) {
		return bad(http.StatusBadRequest, models.ReasonUnknownPage, b.at("page_name"), "no page has this name; GET /v1/pages lists them")
	}
	return nil
}

// served says whether a consumer with this catalog finds a page.
func (a *API) served(cat *catalog.Catalog, req *models.Request) bool {
	if a.o.Serves != nil && a.o.Serves(req.Product, req.PageName, req.PageAlertNotification) {
		return true
	}
	keys := []catalog.PageKey{{Product: req.Product, Page: req.PageName}, {Page: req.PageName}}
	if req.PageAlertNotification != "" {
		keys = append(keys, catalog.PageKey{Product: req.Product, Page: req.PageAlertNotification})
	}
	return slices.ContainsFunc(keys, func(k catalog.PageKey) bool { return cat.Pages[k.String()] != nil })
}

// eventsOf are the events that a catalog's pages declare, with the page where one alone does.
func eventsOf(cat *catalog.Catalog) map[string]string {
	out := make(map[string]string)
	for _, page := range cat.Pages {
		for _, event := range page.Events {
			if other, taken := out[event]; taken && other != page.Key.Page {
				out[event] = ""
				continue
			}
			out[event] = page.Key.Page
		}
	}
	return out
}

// ownTTL is how long, in seconds, a stream of the tenant's own is kept after its last message.
const ownTTL = 3600

// stream sets where the answer goes: the routing key that the request names, if the caller may read it, else one of the request's own. Streams of web requests end
// by themselves; the product's own end as their readers know them to.
func (b *body) stream(c *caller.Caller, tenant, id string) error {
	key := b.req.RoutingKey
	space := caller.Namespace(tenant)
	if key == "" {
		key = space + "r:" + id
	} else if err := models.CheckRoutingKey(key); err != nil {
		return bad(http.StatusBadRequest, fault.ReasonOf(err), b.at("routing_key"), fault.SafeText(err))
	}
	if !c.MayRead(key) {
		return bad(http.StatusForbidden, "other_stream", b.at("routing_key"), "the caller may not read this routing key")
	}
	web := strings.HasPrefix(key, "web:")
	switch {
	case web && b.req.OutputTTL == 0:
		b.set("output_ttl", ownTTL)
	case !web && b.req.OutputTTL > 0:
		return bad(http.StatusBadRequest, "reserved_key", b.at("output_ttl"), "only streams of the tenant's own (web:…) end by themselves")
	}
	b.req.RoutingKey = key
	b.set("routing_key", key)
	return nil
}

// textOf reads a value as the decoder does: a text, or a number with all of its digits.
func textOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return string(raw)
		}
		return strings.TrimSpace(string(text))
	case 'n':
		return ""
	default:
		return string(raw)
	}
}
