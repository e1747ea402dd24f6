package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// apart makes the message of a page in one JSON (unified_json) those of its widgets.
func apart(t *testing.T, list []message) (out []message) {
	t.Helper()
	for _, m := range list {
		page, id, _ := strings.Cut(m.event, "__")
		widgets, ok := m.data["widgets"].(map[string]any)
		if id != "Unified" || !ok {
			out = append(out, m)
			continue
		}
		order, _ := m.data["order"].([]any)
		if len(order) != len(widgets) {
			t.Errorf("%s: %d widgets, %d of them ordered: %v", m.event, len(widgets), len(order), order)
		}
		for _, id := range order {
			data, ok := widgets[id.(string)].(map[string]any)
			if !ok {
				t.Errorf("%s: no %v among %v", m.event, id, slices.Sorted(maps.Keys(widgets)))
			}
			raw, err := json.Marshal(data)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, message{event: page + "__" + id.(string), raw: string(raw), data: data})
		}
	}
	return out
}

// unified is a request for a page in one JSON.
func unified(key, more string) string {
	return strings.Replace(insights(key, `"page_name":"posts_page"`+more), `"insights"`, `"unified_json"`, 1)
}

// TestUnifiedPage asks for a page in one JSON: it holds what the widgets' own messages hold, whatever fails.
func TestUnifiedPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	s.send(unified("whole", `,"language":"ar"`))
	s.send(unified("some", `,"selected_widgets":["no_such","total_posts"]`))
	s.send(unified("none", `,"selected_widgets":["no_such"]`))
	s.send(unified("bad", `,"timezone":"Mars/Crater"`))
	polled := s.prefix + "polled"
	s.send(unified(polled, `,"stream_tech":"API"`))
	single := strings.Replace(insights("single", `"page_name":"UnifiedPostPage","language":"ar"`), `"insights"`, `"explore_go_dispatcher"`, 1)
	s.send(single)
	s.settled(time.Minute)

	one := func(key string) message {
		t.Helper()
		list := s.messages(key)
		if len(list) != 2 || list[0].event != "UnifiedPostPage__Unified" || list[1].event != "UnifiedPostPage__Complete" {
			t.Fatalf("%s: not one message and the closing one: %v", key, list)
		}
		return list[0]
	}
	whole := one("whole")
	if whole.data["kind"] != "page" || whole.data["status"] != "ok" || whole.data["title"] != "المنشورات (موحّد)" || whole.data["as_of"] == nil {
		t.Errorf("whole: %.400s", whole.raw)
	}
	if r, _ := whole.data["range"].(map[string]any); r["from"] != "2002-09-01T00:00:00Z" || r["to"] != "2002-10-01T00:00:00Z" || r["zone"] != "UTC" {
		t.Errorf("range: %v", r)
	}
	together, alone := make(map[string]string), make(map[string]string)
	for _, m := range apart(t, []message{whole}) {
		together[m.event] = settledJSON(t, m)
	}
	synthetic := false
	for _, m := range s.messages("single") {
		if m.event != "UnifiedPostPage__Complete" {
			alone[m.event] = settledJSON(t, m)
			synthetic = synthetic || strings.Contains(m.raw, `"code":"synthetic"`)
		}
	}
	if len(alone) < 3 || !maps.Equal(together, alone) {
		t.Errorf("one message has\n%v\nand the widgets' own have\n%v", together, alone)
	}
	if _, noticed := whole.data["notices"]; noticed != synthetic {
		t.Errorf("some widgets are synthetic: %v; the page says so: %v", synthetic, noticed)
	}

	some := apart(t, []message{one("some")})
	if len(some) != 2 || some[0].event != "UnifiedPostPage__no_such" || !strings.Contains(some[0].raw, `"code":"unknown_widget"`) || some[1].data["status"] != "ok" {
		t.Errorf("some: %v", some)
	}
	if got := one("some").data["status"]; got != "partial" {
		t.Errorf("some: status %v", got)
	}
	for key, code := range map[string]string{"none": "unknown_widget", "bad": "bad_value"} {
		if e, _ := one(key).data["error"].(map[string]any); e["code"] != code {
			t.Errorf("%s: %v, want %s", key, one(key).data, code)
		}
	}

	buffer := s.rdb.HGetAll(t.Context(), "PUBLISH_ENGINE::BUFFER::"+polled).Val()
	if names := slices.Sorted(maps.Keys(buffer)); !slices.Equal(names, []string{"UnifiedPostPage__Complete", "UnifiedPostPage__Unified", "__processed_count__"}) || buffer["__processed_count__"] != "1" {
		t.Errorf("the buffer holds %v", names)
	}
	if status := s.rdb.Get(t.Context(), "EVENT::STATUS::"+polled).Val(); status != "BUFFERED_EVENT_IN_GO_DISPATCHER_TO_REDIS" {
		t.Errorf("status %q", status)
	}
}

// settledJSON is a widget's JSON without what differs from one time to the next.
func settledJSON(t *testing.T, m message) string {
	t.Helper()
	data := maps.Clone(m.data)
	for _, key := range []string{"stats", "age_seconds", "as_of"} {
		delete(data, key)
	}
	if paging, ok := data["paging"].(map[string]any); ok {
		delete(paging, "next_cursor") // which holds when it was made
	}
	raw, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
