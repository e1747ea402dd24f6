package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func xadd(stream, payload string) *redis.XAddArgs {
	return &redis.XAddArgs{Stream: stream, Values: []string{"payload", payload}}
}

// TestRefused: what may not be asked is refused with its code and the place, and nothing of it reaches the stream.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	in := func(data string) string { return `{"eventName":"insights","eventData":{` + data + `}}` }
	for name, c := range map[string]struct {
		who, body     string
		status        int
		code, pointer string
	}{
		"nobody":                   {"", in(``), 403, "no_tenant", ""},
		"other tenant":             {"one", in(`"company_id":"2"`), 403, "other_tenant", "/eventData/company_id"},
		"other tenant, camelCase":  {"one", in(`"companyId":2`), 403, "other_tenant", "/eventData/companyId"},
		"other tenant behind own":  {"one", in(`"company_id":"1","companyId":"2"`), 403, "other_tenant", "/eventData/companyId"},
		"other schema":             {"schemas", in(`"company_schema":"x"`), 403, "other_tenant", "/eventData/company_schema"},
		"a schema without claim":   {"one", in(`"company_schema":"x"`), 403, "other_tenant", "/eventData/company_schema"},
		"a database without claim": {"one", in(`"dbName":"x"`), 403, "other_tenant", "/eventData/dbName"},
		"a database, snake case":   {"one", in(`"db_name":"x"`), 403, "other_tenant", "/eventData/db_name"},
		"other page":               {"few", in(``), 403, "other_page", "/eventData/page_name"},
		"other page by its name":   {"few", `{"eventName":"custom_projects","eventData":{"page_name":"ResearchInsightsPage"}}`, 403, "other_page", "/eventData/page_name"},
		"other page as an alert":   {"few", `{"eventName":"alert_data","eventData":{"page_name":"EchoPage","product":"Alerts","page_alert_notification":"NegativePostsAlert"}}`, 403, "other_page", "/eventData/page_name"},
		"unknown page":             {"one", `{"eventName":"custom_projects","eventData":{"page_name":"Nowhere"}}`, 400, "unknown_page", "/eventData/page_name"},
		"unknown event":            {"one", `{"eventName":"nothing","eventData":{}}`, 400, "unknown_event", "/eventName"},
		"other tenant's stream":    {"one", in(`"routing_key":"web:2:x"`), 403, "other_stream", "/eventData/routing_key"},
		"the product's stream":     {"two", in(`"routing_key":"u-1-x"`), 403, "other_stream", "/eventData/routing_key"},
		"a stream without a name":  {"one", in(`"routingKey":"web:1: x"`), 400, "bad_routing_key", "/eventData/routingKey"},
		"the product's, ending":    {"one", in(`"routing_key":"u-1-x","output_ttl":60`), 400, "reserved_key", "/eventData/output_ttl"},
		"request_id":               {"one", in(`"requestId":"x"`), 400, "reserved_key", "/eventData/requestId"},
		"cancel_request":           {"one", in(`"cancel_request":"x"`), 400, "reserved_key", "/eventData/cancel_request"},
		"exporter_id":              {"one", in(`"exporter_id":"x"`), 400, "reserved_key", "/eventData/exporter_id"},
		"stream_tech":              {"one", in(`"streamTech":"SSE"`), 400, "reserved_key", "/eventData/streamTech"},
		"beside the envelope":      {"one", `{"eventName":"insights","eventData":{},"company_id":"2"}`, 400, "unknown_key", "/company_id"},
		"a spelling of it":         {"one", `{"event_name":"insights","eventData":{}}`, 400, "unknown_key", "/event_name"},
		"a flat object":            {"one", `{"job_id":"j","widgets_names":["a"],"company_id":"1"}`, 400, "unknown_key", "/job_id"},
		"data in a text":           {"one", `{"eventName":"insights","eventData":"{\"company_id\":\"2\"}"}`, 400, "bad_type", "/eventData"},
		"a wrong type":             {"one", in(`"export_xlsx":"maybe"`), 400, "bad_type", "/eventData/export_xlsx"},
		"an element's":             {"one", in(`"selected_widgets":["a",{}]`), 400, "bad_type", "/eventData/selected_widgets/1"},
		"no JSON":                  {"one", `{`, 400, "bad_json", ""},
		"a key twice":              {"one", in(`"company_id":"1","company_id":"2"`), 400, "bad_json", ""},
		"too deep":                 {"one", in(`"filters":` + strings.Repeat("[", 99) + strings.Repeat("]", 99)), 400, "too_deep", ""},
		"too large":                {"one", in(`"own":"` + strings.Repeat("x", 1<<20) + `"`), 413, "too_large", ""},
	} {
		a := s.call(c.who, http.MethodPost, "/v1/requests", c.body)
		if code, pointer := a.refused(); a.status != c.status || code != c.code || pointer != c.pointer {
			t.Errorf("%s: %d %s at %q, want %d %s at %q\n%s", name, a.status, code, pointer, c.status, c.code, c.pointer, a.body)
		}
	}
	if a := s.call("one", http.MethodPost, "/v1/requests", echo, "Content-Type", "text/plain"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("%+v", a)
	}
	if list := s.entries(); len(list) != 0 {
		t.Errorf("on the stream: %v", list)
	}
}

// TestTheBrokerIsAway: callers are told to try again, and nothing of the broker's address.
func TestTheBrokerIsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if err := s.rdb.Set(t.Context(), s.input(), "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	a := s.call("one", http.MethodPost, "/v1/requests", echo, "Idempotency-Key", "k")
	if code, _ := a.refused(); a.status != http.StatusServiceUnavailable || code != "broker_unavailable" || a.header.Get("Retry-After") == "" {
		t.Errorf("%+v", a)
	}
	// What was not put on the stream is not noted either: the next try does it.
	if err := s.rdb.Del(t.Context(), s.input()).Err(); err != nil {
		t.Fatal(err)
	}
	s.submit("one", echo, "Idempotency-Key", "k")
	if len(s.entries()) != 1 {
		t.Errorf("%d entries", len(s.entries()))
	}
}
