package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
	for pages = 1; pages < 20; pages++ {
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
	// September 2002 has 1240 mails, of which 27 are what their authors had said before, and public posts of networks.
	networks := ask("networks", map[string]any{"filters": map[string]any{"brand": map[string]any{"exists": true}}, "selected_widgets": "count"})
	if posts := int(frameOf(t, networks.data, "posts")[0].(float64)); posts < 1000 || len(seen) != 1213+posts || pages != (len(seen)+499)/500 {
		t.Errorf("%d posts on %d pages, of which %d are of networks", len(seen), pages, posts)
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
	if m := ask("bad", map[string]any{"pageNumber": pages}); m.data["status"] != "ok" || len(frameOf(t, m.data, "id")) != len(seen)-500*(pages-1) {
		t.Errorf("the last page by its number: %.300s", m.raw)
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// TestFeedCountAndFacetsAgree: what a page of interactions counts, in all and by each value of a facet, is what its feed has to its end, over one store and over several.
func TestFeedCountAndFacetsAgree(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*site{"embedded": newSite(t), "stores": newSite(t, modelInStores(t)...)} {
		s.start("consumer", name)
		for event, facets := range map[string]map[string]string{
			"interactions":      {"by_channel": "channel", "by_type": "type", "by_sentiment": "sentiment", "by_language": "language"},
			"fedi_interactions": {"by_platform": "platform", "by_type": "type", "by_sentiment": "sentiment", "by_topic": "topic"},
		} {
			page := map[string]string{"interactions": "ResearchInteractionsPage", "fedi_interactions": "FediInteractionsPage"}[event]
			asked := 0
			ask := func(widgets string, filters, cursor any) (byWidget map[string]message) {
				t.Helper()
				asked++
				key := fmt.Sprintf("%s-%d", event, asked)
				data := map[string]any{"routing_key": key, "company_id": 1, "page_name": page, "start_date": "2002-09-01", "end_date": "2002-09-14", "selected_widgets": strings.Fields(widgets),
					"page_size": 1000, "filters": filters, "cursor": cursor}
				raw, err := json.Marshal(map[string]any{"eventName": event, "eventData": data})
				if err != nil {
					t.Fatal(err)
				}
				s.send(string(raw))
				s.settled(time.Minute)
				byWidget = make(map[string]message)
				for _, m := range s.messages(key) {
					_, id, _ := strings.Cut(m.event, "__")
					byWidget[id] = m
				}
				return byWidget
			}
			// listed reads the feed to its end.
			listed := func(filters any) (rows int) {
				for cursor := any(nil); ; {
					m := ask("posts", filters, cursor)["posts"]
					rows += len(frameOf(t, m.data, "id"))
					if cursor = m.data["paging"].(map[string]any)["next_cursor"]; cursor == nil {
						return rows
					}
				}
			}
			all := ask("count "+strings.Join(slices.Sorted(maps.Keys(facets)), " "), nil, nil)
			if count := frameOf(t, all["count"].data, "posts")[0].(float64); listed(nil) != int(count) || count < 500 {
				t.Errorf("%s, %s: %v counted, %d listed", name, event, count, listed(nil))
			}
			for id, member := range facets {
				m := all[id]
				values, counts := frameOf(t, m.data, member), frameOf(t, m.data, "posts")
				if len(values) < 2 {
					t.Errorf("%s, %s: %s has %v", name, event, id, values)
				}
				for i, value := range values[:2] {
					if rows := listed(map[string]any{member: value}); rows != int(counts[i].(float64)) || rows == 0 {
						t.Errorf("%s, %s: %s %v has %v, listed are %d", name, event, member, value, counts[i], rows)
					}
				}
			}
		}
	}
}
