package api_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

// TestWhatCameLast: the newest first, from any tenant, each with the moments of its way in their order.
func TestWhatCameLast(t *testing.T) {
	t.Parallel()
	var o api.Options
	s := newSite(t, func(used *api.Options) { o = *used })
	first := s.submit("two", echo)
	if list, err := api.New(o).Recent(t.Context(), 10); err != nil || len(list) != 1 || list[0].Status != "queued" || len(list[0].Timeline) != 1 || list[0].Timeline[0].What != "submitted" {
		t.Errorf("before it is served: %+v, %v", list, err)
	}
	s.worker()
	s.becomes("two", first.RequestID, "complete")
	second := s.submit("one", echo)
	s.becomes("one", second.RequestID, "complete")
	list, err := api.New(o).Recent(t.Context(), 10)
	if err != nil || len(list) != 2 || list[0].RequestID != second.RequestID || list[1].RequestID != first.RequestID || list[0].Tenant != "1" || list[1].Tenant != "2" || list[0].Page != "EchoPage" {
		t.Fatalf("%+v, %v", list, err)
	}
	seen := map[string]bool{}
	for i, m := range list[0].Timeline {
		seen[m.What] = true
		if i > 0 && m.At.Before(list[0].Timeline[i-1].At) {
			t.Errorf("it is out of order: %+v", list[0].Timeline)
		}
	}
	if !seen["submitted"] || !seen["a"] || !seen["b"] || !seen["complete"] || list[0].Timeline[0].What != "submitted" {
		t.Errorf("its way is %+v", list[0].Timeline)
	}
	if list, err := api.New(o).Recent(t.Context(), 1); err != nil || len(list) != 1 || list[0].RequestID != second.RequestID {
		t.Errorf("the last one: %+v, %v", list, err)
	}
}
