package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/feed"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

// TestTwoTenants: for every route that is about somebody's data, what its owner gets nobody else does. A route that is not in the table fails the test.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	s.computed()
	mine := s.submit("one", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","routing_key":"web:1:board"},"selected_widgets":["a"]}`)
	s.becomes("one", mine.RequestID, "complete")
	for _, key := range []string{"web:1:board", "u-1-x"} {
		if err := s.rdb.HSet(t.Context(), "PUBLISH_ENGINE::BUFFER::"+key, "EchoPage__a", `{"eventName":"EchoPage__a"}`).Err(); err != nil {
			t.Fatal(err)
		}
	}
	type table struct {
		method, path, body string
		// own is what the owner gets, others what everybody else does, and others' code.
		own, others int
		code        string
	}
	request := "/v1/requests/" + mine.RequestID
	values := "/v1/pages/ResearchInsightsPage/members/sentiment/values?start_date=2002-09-01&end_date=2002-09-30"
	routes := map[string][]table{
		"POST /v1/requests": {
			{"POST", "/v1/requests", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","company_id":"1"}}`, 202, 403, "other_tenant"},
			{"POST", "/v1/requests", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","routing_key":"web:1:board"}}`, 202, 403, "other_stream"},
			{"POST", "/v1/requests", `{"eventName":"custom_projects","eventData":{"page_name":"EchoPage","routing_key":"u-1-x"}}`, 202, 403, "other_stream"},
		},
		"GET /v1/requests/{id}":                  {{"GET", request, "", 200, 404, "unknown_request"}},
		"GET /v1/requests/{id}/widgets/{widget}": {{"GET", request + "/widgets/a", "", 200, 404, "unknown_request"}},
		"GET /v1/requests/{id}/events":           {{"GET", request + "/events", "", 200, 404, "unknown_request"}},
		"GET /v1/buffers/{routing_key}": {
			{"GET", "/v1/buffers/web:1:board", "", 200, 403, "other_stream"},
			{"GET", "/v1/buffers/u-1-x", "", 200, 403, "other_stream"},
		},
		"DELETE /v1/requests/{id}":                     {{"DELETE", request, "", 202, 404, "unknown_request"}},
		"GET /v1/pages/{page}/members/{member}/values": {{"GET", values + "&company_id=1", "", 200, 403, "other_tenant"}},
		"GET /v1/pages":                                {}, "GET /v1/pages/{page}": {}, // of the catalog, which has no tenants; by the pages of the token: TestPages
		"GET /v1/files/{kind}/{tenant}/{day}/{name}": {},                              // of a folder: TestFiles
		"POST /dispatcher/event":                     {}, "POST /publisher/event": {}, // by signature: TestLivePosts
		"GET /openapi.json": {}, "GET /asyncapi.json": {}, "GET /v1/schemas/result.json": {}, "GET /v1/schemas/catalog.json": {},
	}
	var served []string
	for _, route := range api.New(api.Options{Follow: func(http.ResponseWriter, *http.Request, string, string, func(context.Context, []*feed.Message)) {}}).Routes() {
		served = append(served, route.Pattern)
		if _, ok := routes[route.Pattern]; !ok {
			t.Errorf("%s is not in the table", route.Pattern)
		}
	}
	for pattern, rows := range routes {
		if !slices.Contains(served, pattern) {
			t.Errorf("%s is not served", pattern)
		}
		for _, row := range rows {
			if a := s.call("one", row.method, row.path, row.body); a.status != row.own {
				t.Errorf("%s %s by its owner: %d %s", row.method, row.path, a.status, a.body)
			}
			for _, who := range []string{"two", ""} {
				a := s.call(who, row.method, row.path, row.body)
				code, _ := a.refused()
				nobody := who == "" && slices.Contains([]string{"no_tenant", "unknown_page"}, code) // nobody in particular is sent away earlier
				if a.status != row.others && !nobody || code != row.code && !nobody {
					t.Errorf("%s %s by %q: %d %s", row.method, row.path, who, a.status, a.body)
				}
				if strings.Contains(a.body, "web:1:") || strings.Contains(a.body, "EchoPage__a") {
					t.Errorf("%s %s tells %q: %s", row.method, row.path, who, a.body)
				}
			}
		}
	}
	// The same list of values is another one for another tenant: it has no rows.
	var none struct {
		Values []any `json:"values"`
	}
	s.call("two", http.MethodGet, values, "").read(t, http.StatusOK, &none)
	if len(none.Values) != 0 {
		t.Errorf("tenant 2 is shown values of tenant 1: %v", none.Values)
	}
}
