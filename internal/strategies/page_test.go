package strategies

import (
	"slices"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// TestWidgetsOfMissingSources: the whole page leaves them out, whoever names one gets its answer, and a page of nothing else is
// not left empty.
func TestWidgetsOfMissingSources(t *testing.T) {
	t.Parallel()
	of := func(source string) *catalog.Dataset { return &catalog.Dataset{Source: &catalog.Source{Name: source}} }
	here, api := of("here"), of("api")
	page := func(name string, widgets ...*catalog.Widget) *catalog.Page {
		return &catalog.Page{Key: catalog.PageKey{Page: name}, Widgets: widgets}
	}
	mixed := page("Mixed", &catalog.Widget{ID: "a", Dataset: here}, &catalog.Widget{ID: "b", Dataset: api}, &catalog.Widget{ID: "c", Dataset: here})
	only := page("Only", &catalog.Widget{ID: "b", Dataset: api})
	s := &Snapshot{
		Catalog: &catalog.Catalog{Pages: map[string]*catalog.Page{"Mixed": mixed, "Only": only}},
		Missing: func(src *catalog.Source) bool { return src.Name == "api" },
	}
	pages := Pages{Snapshot: s, Now: time.Now}
	for _, test := range []struct {
		page     string
		selected []string
		want     []string
	}{
		{"Mixed", nil, []string{"a", "c"}}, {"Mixed", []string{"b"}, []string{"b"}}, {"Only", nil, []string{"b"}},
	} {
		found, ok := pages.Find(Key{Page: test.page})
		if !ok {
			t.Fatalf("no page %s", test.page)
		}
		if got := found.Widgets(&models.Request{SelectedWidgets: test.selected}); !slices.Equal(got, test.want) {
			t.Errorf("%s %v: %v, want %v", test.page, test.selected, got, test.want)
		}
	}
	if mixed.Omit != nil {
		t.Error("the catalog's own page was changed")
	}
	s.Missing = nil
	if found, _ := pages.Find(Key{Page: "Mixed"}); len(found.Widgets(&models.Request{})) != 3 {
		t.Error("a page without missing sources is cut")
	}
}
