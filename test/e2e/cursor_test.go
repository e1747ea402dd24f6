package e2e

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
)

// TestPagesByCursor walks the feed of interactions, from the post of the largest reach to the last one, by the cursors that each page hands out.
func TestPagesByCursor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start("consumer", "c1")
	ask := func(key string, keys map[string]any) message {
		data := map[string]any{"routing_key": key, "company_id": 1, "start_date": "2002-09-01", "end_date": "2002-09-30", "selected_widgets": "posts", "page_size": 500}
		maps.Copy(data, keys)
		raw, err := json.Marshal(map[string]any{"eventName": "interactions", "eventData": data})
		if err != nil {
			t.Fatal(err)
		}
		s.send(string(raw))
		s.settled(time.Minute)
		m := s.messages(key)
		return m[len(m)-2] // before the closing one
	}
	seen := make(map[any]bool)
	var reach []float64
	cursor, pages := any(nil), 0
	for pages = 1; pages < 10; pages++ {
		m := ask("reach", map[string]any{"sort_by": "reach", "cursor": cursor})
		followers, paging := frameOf(t, m.data, "followers"), m.data["paging"].(map[string]any)
		for i, id := range frameOf(t, m.data, "id") {
			if seen[id] {
				t.Errorf("%v comes twice", id)
			}
			seen[id] = true
			n, known := followers[i].(float64)
			if !known {
				n = -1 // unknown comes last
			}
			reach = append(reach, n)
		}
		if paging["page"] != float64(pages) {
			t.Errorf("page %d: %v", pages, paging)
		}
		if cursor = paging["next_cursor"]; cursor == nil {
			break
		}
	}
	if len(seen) != 1213 || pages != 3 {
		t.Errorf("%d posts on %d pages; September 2002 has 1240, of which 27 are what their authors had said before", len(seen), pages)
	}
	for i := 1; i < len(reach); i++ {
		if reach[i] > reach[i-1] {
			t.Fatalf("row %d reaches %v, the one before %v", i, reach[i], reach[i-1])
		}
	}
	first := ask("bad", nil).data["paging"].(map[string]any)["next_cursor"].(string)
	for name, keys := range map[string]map[string]any{
		"altered":       {"cursor": first[:len(first)-3] + "AAA"},
		"another order": {"cursor": first, "sort_by": "engagement"},
		"other filters": {"cursor": first, "filters": map[string]any{"type": "post"}},
		"no cursor":     {"cursor": "page 2"},
	} {
		if m := ask("bad", keys); !strings.Contains(m.raw, `"code":"bad_cursor"`) {
			t.Errorf("%s: %.300s", name, m.raw)
		}
	}
	if m := ask("bad", map[string]any{"pageNumber": 3}); m.data["status"] != "ok" || len(frameOf(t, m.data, "id")) != 213 {
		t.Errorf("the third page by its number: %.300s", m.raw)
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}
