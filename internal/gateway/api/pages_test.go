package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var list api.PageList
	s.call("one", http.MethodGet, "/v1/pages", "").read(t, http.StatusOK, &list)
	i := slices.IndexFunc(list.Pages, func(p api.PageSummary) bool { return p.ID == "ResearchInsightsPage" })
	if i < 0 || list.Pages[i].Event != "insights" || list.Pages[i].Widgets == 0 || len(list.Pages) < 60 {
		t.Fatalf("%d pages, %+v", len(list.Pages), list.Pages[max(0, i)])
	}
	s.call("few", http.MethodGet, "/v1/pages", "").read(t, http.StatusOK, &list)
	if len(list.Pages) != 0 {
		t.Errorf("a caller of few pages sees %+v", list.Pages)
	}
	for path, status := range map[string]int{
		"/v1/pages/ResearchInsightsPage": 200, "/v1/pages/CustomDashboard?product=Dashboards": 200, "/v1/pages/Dashboards%2FCustomDashboard": 404, "/v1/pages/Nowhere": 404,
		"/v1/pages/ResearchInsightsPage?product=Dashboards": 404,
	} {
		if a := s.call("one", http.MethodGet, path, ""); a.status != status {
			t.Errorf("%s: %d %.200s", path, a.status, a.body)
		}
	}
	if a := s.call("few", http.MethodGet, "/v1/pages/ResearchInsightsPage", ""); a.status != http.StatusNotFound {
		t.Errorf("a page that the caller may not ask: %d", a.status)
	}
}

// TestEveryPageCanBeAsked: what a page says of its request is what asks for that page, and its widgets have the names of their messages.
func TestEveryPageCanBeAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var list api.PageList
	s.call("one", http.MethodGet, "/v1/pages", "").read(t, http.StatusOK, &list)
	for _, p := range list.Pages {
		path := "/v1/pages/" + p.ID
		if p.Product != "" {
			path += "?product=" + p.Product
		}
		var page struct {
			Request json.RawMessage  `json:"request"`
			Widgets []api.Widget     `json:"widgets"`
			Filters []api.PageFilter `json:"filters"`
			Time    api.PageTime     `json:"time"`
		}
		s.call("one", http.MethodGet, path, "").read(t, http.StatusOK, &page)
		got := s.submit("one", string(page.Request))
		if st := s.state("one", got.RequestID); st.Page != p.ID {
			t.Errorf("%s: its request asks for %s", path, st.Page)
		}
		if len(page.Widgets) != p.Widgets || !strings.HasPrefix(page.Widgets[0].Event, p.ID+"__") {
			t.Errorf("%s: %+v", path, page.Widgets)
		}
	}
}

func TestAPageHasWhatAFormNeeds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var page struct {
		Title   string           `json:"title"`
		Time    api.PageTime     `json:"time"`
		Filters []api.PageFilter `json:"filters"`
		Widgets []api.Widget     `json:"widgets"`
	}
	s.call("one", http.MethodGet, "/v1/pages/ResearchInsightsPage?language=ar-SA", "").read(t, http.StatusOK, &page)
	i := slices.IndexFunc(page.Filters, func(f api.PageFilter) bool { return f.Name == "sentiment" })
	if i < 0 || page.Filters[i].Type != "string" || page.Filters[i].Values != "/v1/pages/ResearchInsightsPage/members/sentiment/values" || !slices.Contains(page.Filters[i].Operators, "contains") {
		t.Fatalf("%+v", page.Filters)
	}
	if page.Time.Example["start_date"] != "2002-09-01" || page.Title == "Insights" || len(page.Widgets[0].Measures) == 0 {
		t.Errorf("%+v %s", page.Time, page.Title)
	}
	if slices.ContainsFunc(page.Filters, func(f api.PageFilter) bool { return f.Name == "hour" }) {
		t.Error("a part of a time is no filter")
	}
}

// TestAPageSaysWhereItsParameterIsFound: a form for a page about one interaction is labeled as people call it, and has its values from a page that may be asked.
func TestAPageSaysWhereItsParameterIsFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	of := func(path string) []api.PageParameter {
		var page api.Page
		s.call("one", http.MethodGet, path, "").read(t, http.StatusOK, &page)
		return page.Parameters
	}
	if got := of("/v1/pages/SingleInteractionPage?language=ar"); len(got) != 1 || !got[0].Required || got[0].Label == "" || got[0].Label == "Interaction" || !strings.Contains(got[0].Values, "/members/") {
		t.Errorf("got %+v", got)
	}
	if got := of("/v1/pages/EngagementsProductPage"); slices.ContainsFunc(got, func(p api.PageParameter) bool { return p.Required || p.Values != "" }) {
		t.Errorf("what is not needed is not looked for: %+v", got)
	}
}

// TestMembers: values are computed by the real worker, for the caller's tenant.
func TestMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	s.computed()
	const page = "/v1/pages/ResearchInsightsPage/members/"
	const september = "?start_date=2002-09-01&end_date=2002-09-30"
	var got api.MemberValues
	s.call("one", http.MethodGet, page+"sentiment/values"+september, "").read(t, http.StatusOK, &got)
	if text := shown(got); text != `"positive" 523 "neutral" 418 "negative" 299 ` || got.Truncated {
		t.Errorf("%s", text)
	}
	s.call("one", http.MethodGet, page+"sentiment/values"+september+"&limit=1&search=NE", "").read(t, http.StatusOK, &got)
	if text := shown(got); text != `"neutral" 418 ` || !got.Truncated {
		t.Errorf("%s", text)
	}
	for path, want := range map[string]string{
		page + "nothing/values":                                      "unknown_member",
		page + "hour/values":                                         "unknown_member",
		page + "sentiment/values?limit=0":                            "bad_value",
		page + "sentiment/values?limit=x":                            "bad_value",
		page + "sentiment/values?timezone=Nowhere":                   "bad_value",
		page + "sentiment/values?start_date=yesterdays":              "bad_date",
		page + "sentiment/values?company_id=2":                       "other_tenant",
		"/v1/pages/Nowhere/members/sentiment/values":                 "unknown_page",
		page + "sentiment/values?search=" + strings.Repeat("x", 201): "bad_value",
	} {
		if code, _ := s.call("one", http.MethodGet, path, "").refused(); code != want {
			t.Errorf("%s: %s, want %s", path, code, want)
		}
	}
}

func shown(m api.MemberValues) string {
	var b strings.Builder
	for _, v := range m.Values {
		n, _ := json.Marshal(v.Count)
		b.WriteString(string(v.Value) + " " + string(n) + " ")
	}
	return b.String()
}

func TestWithoutACatalog(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *api.Options) { o.Catalog = func() *catalog.Catalog { return nil } })
	if code, _ := s.call("one", http.MethodGet, "/v1/pages", "").refused(); code != "catalog_unusable" {
		t.Error(code)
	}
	s.submit("one", echo) // what consumers know of pages is theirs to say
}
