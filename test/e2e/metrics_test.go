package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// frameOf returns a column of a widget's data.
func frameOf(t *testing.T, data map[string]any, name string) []any {
	t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Schema struct {
			Fields []struct{ Name string }
		}
		Data struct{ Values [][]any }
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	for i, f := range d.Schema.Fields {
		if f.Name == name {
			return d.Data.Values[i]
		}
	}
	t.Fatalf("no column %s: %s", name, raw)
	return nil
}

// TestWidgetsOfARequest: a custom dashboard answers with the widgets that the request describes, and with no other.
func TestWidgetsOfARequest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	ask := func(key, event, page, metrics, selected string) {
		s.send(fmt.Sprintf(`{"eventName":%q,"eventData":{"routing_key":%q,"page_name":%q,"company_id":1,"start_date":"2002-09-01","end_date":"2002-09-30","metrics":%s,"selected_widgets":%s}}`,
			event, key, page, metrics, selected))
	}
	const described = `{
		"n": {"measures": ["posts.posts"], "title": "September"},
		"days": {"kind": "timeseries", "measures": ["posts"], "dataset": "posts", "timeDimensions": [{"dimension": "published_at", "granularity": "day", "dateRange": ["2002-09-01", "2002-09-07"]}]},
		"channels": {"measures": ["posts.posts"], "dimensions": ["posts.channel"], "limit": 2, "filters": [{"member": "posts.channel", "operator": "notEquals", "values": ["nowhere"]}]},
		"typo": {"measures": ["posts.pots"]},
		"unasked": {"measures": ["posts.authors"]}}`
	ask("custom", "custom_dashboard_go_dispatcher", "CustomDashboard", described, `["n","days","channels","typo","share_of_voice"]`)
	text, _ := json.Marshal(`{"n": {"measures": ["posts.posts"]}}`)
	ask("dynamic", "unified_json", "dynamic_widgets_page", string(text), `[]`)
	ask("loose", "custom_dashboard_go_dispatcher", "CustomDashboard", `["posts","engagement"]`, `["posts"]`)
	ask("many", "custom_dashboard_go_dispatcher", "CustomDashboard", `[`+strings.Repeat(`{"measures":["posts"]},`, 100)+`{"measures":["posts"]}]`, `[]`)
	s.settled(time.Minute)

	got := make(map[string]message)
	for _, m := range s.messages("custom") {
		got[strings.TrimPrefix(m.event, "CustomDashboard__")] = m
	}
	if len(got) != 6 {
		t.Fatalf("%v", got)
	}
	if n := frameOf(t, got["n"].data, "posts"); got["n"].data["title"] != "September" || n[0] != float64(1240) {
		t.Errorf("posts of September 2002: %s", got["n"].raw)
	}
	if days := frameOf(t, got["days"].data, "posts"); len(days) != 7 {
		t.Errorf("a week of days: %s", got["days"].raw)
	}
	if names := frameOf(t, got["channels"].data, "channel"); len(names) != 2 {
		t.Errorf("two channels: %s", got["channels"].raw)
	}
	if typo := got["typo"].raw; !strings.Contains(typo, `"code":"unknown_member"`) || !strings.Contains(typo, `metrics.typo.measures[0]: unknown measure \"pots\" (did you mean posts?)`) {
		t.Errorf("a typo: %s", typo)
	}
	if got["share_of_voice"].data["kind"] != "breakdown" {
		t.Errorf("the page's own: %s", got["share_of_voice"].raw)
	}
	dynamic := s.messages("dynamic")
	widgets, _ := dynamic[0].data["widgets"].(map[string]any)
	if n, ok := widgets["n"].(map[string]any); !ok || len(widgets) != 1 || frameOf(t, n, "posts")[0] != float64(1240) {
		t.Errorf("dynamic widgets: %v", dynamic)
	}
	if m := s.messages("loose"); len(m) != 2 || !strings.Contains(m[0].raw, "metrics_ignored") || m[0].data["status"] != "ok" {
		t.Errorf("a loose list: %v", m)
	}
	dead := s.rdb.XRange(t.Context(), s.rejected(), "-", "+").Val()
	if len(dead) != 1 || dead[0].Values["reason"] != "bad_value" || dead[0].Values["routing_key"] != "many" {
		t.Errorf("dead letters: %v", dead)
	}
}
