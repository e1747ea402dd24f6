package stores

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
)

// sentimentAPI serves the demo's API of sentiment and names it in the environment. It returns what was asked for so far.
func sentimentAPI(t *testing.T, data *load.Conversations) (asked func() []string) {
	t.Helper()
	api, err := load.NewSentiment(t.Context(), data, "t0ken-of-the-test")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var urls []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		urls = append(urls, r.URL.String())
		mu.Unlock()
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Setenv("STORES_SENTIMENT", server.URL)
	t.Setenv("STORES_SENTIMENT_TOKEN", "t0ken-of-the-test")
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), urls...)
	}
}

// overAPI returns pages over the API of the worked example and, by their side, over the posts themselves.
func overAPI(t *testing.T, root string) *app.Pages {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "catalogs", "stores", "catalog.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, dataset, ok := strings.Cut(string(raw), "  # What the API answers with")
	dataset, _, cut := strings.Cut(dataset, "  # Posts of the range in MongoDB")
	_, source, found := strings.Cut(string(raw), "  sentiment:\n    kind: http")
	source, _, ends := strings.Cut(source, "\ndatasets:")
	if !ok || !cut || !found || !ends {
		t.Fatal("the worked example has no API of sentiment")
	}
	text := "version: 1\nextends: builtin\nsources:\n  sentiment:\n    kind: http" + source + "\n    reuse: 1h # what was asked for counts, however long it takes\ndatasets:\n  #" + dataset + `
pages:
  APIPage:
    widgets:
      total: {kind: stat, dataset: sentiment, measures: [rated, positive, negative, net_sentiment], compare: prior_period}
      channels: {kind: breakdown, dataset: sentiment, dimension: channel, measures: [rated, positive, net_sentiment], top: 50}
      days: {kind: timeseries, dataset: sentiment, measures: [rated, negative], grain: day}
  PostsPage:
    dataset: posts
    widgets:
      total: {kind: stat, measures: [posts, positive, negative, net_sentiment], compare: prior_period}
      channels: {kind: breakdown, dimension: channel, measures: [posts, positive, net_sentiment], top: 50}
      days: {kind: timeseries, measures: [posts, negative], grain: day}
`
	return over(t, root, text)
}

// Widgets over an API whose rows have neither tenant nor anything outside of the asked range give what the posts behind it give, and
// ask for each range once.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestWidgetsOverAnAPI(t *testing.T) {
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	data, err := load.OpenConversations(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = data.Close() })
	asked := sentimentAPI(t, data)
	pages := overAPI(t, root)
	compared := 0
	for name, req := range map[string]*models.Request{
		"a month":         {CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"},
		"another company": {CompanyID: "2", StartDate: "2002-08-01", EndDate: "2002-10-31"},
		"filtered":        {CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30", Filters: []byte(`{"channel": ["fork", "irregulars"]}`)},
		"nothing":         {CompanyID: "1", StartDate: "1999-09-01", EndDate: "1999-09-30"},
		"no such company": {CompanyID: "..", StartDate: "2002-09-01", EndDate: "2002-09-30"},
	} {
		s := pages.Snapshot()
		if name == "no such company" {
			p, err := plan.Build(req, s.Catalog.Pages["APIPage"], s.Catalog, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			_ = s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, _ *format.Data, err error) error {
				if fault.ReasonOf(err) != "bad_value" {
					t.Errorf("company ..: %s: %v", w.ID, err)
				}
				return nil
			})
			continue
		}
		got, want := answers(t, pages, "APIPage", req), answers(t, pages, "PostsPage", req)
		for id, columns := range map[string][2][]string{
			"total":    {{"rated", "positive", "negative", "net_sentiment", "rated_previous"}, {"posts", "positive", "negative", "net_sentiment", "posts_previous"}},
			"channels": {{"channel", "rated", "positive", "net_sentiment"}, {"channel", "posts", "positive", "net_sentiment"}},
			"days":     {{"rated", "negative"}, {"posts", "negative"}},
		} {
			if data, _ := want[id].(map[string]any); data["status"] == "empty" {
				if data, _ := got[id].(map[string]any); data["status"] != "empty" {
					t.Errorf("%s: %s is %v, not empty", name, id, data["status"])
				}
				continue
			}
			compared++
			if diff := cmp.Diff(column(t, want[id], columns[1]...), column(t, got[id], columns[0]...)); diff != "" {
				t.Errorf("%s: %s (-posts +API):\n%s", name, id, diff)
			}
		}
	}
	if compared < 6 {
		t.Errorf("%d widgets were compared", compared)
	}
	seen := make(map[string]int)
	for _, url := range asked() {
		if seen[url]++; seen[url] > 1 {
			t.Errorf("%s was asked for again", url)
		}
	}
	if len(seen) < 8 {
		t.Errorf("the API was asked for %v", seen)
	}
}

// The pages of the contract's services say that they are not configured until they are, and do not keep the others from anything.
//
//nolint:paralleltest // the sources read their URLs from the environment
func TestServicesOfTheContract(t *testing.T) {
	pages := open(t, "", t.TempDir())
	s := pages.Snapshot()
	outcome := func() (data map[string]*format.Data, reasons map[string]string) {
		data, reasons = make(map[string]*format.Data), make(map[string]string)
		p, err := plan.Build(&models.Request{CompanyID: "1", MonitorID: "7", StartDate: "2002-09-01", EndDate: "2002-09-30"}, s.Catalog.Pages["AIInsightsPage"], s.Catalog, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		if err := s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, d *format.Data, err error) error {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				reasons[w.ID] = fault.ReasonOf(err)
				if text := fault.SafeText(err); strings.Contains(text, "APP_") {
					t.Errorf("%s: the requester reads %q", w.ID, text)
				}
				return nil
			}
			data[w.ID] = d
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return data, reasons
	}
	if data, reasons := outcome(); len(data) != 0 || len(reasons) != 6 {
		t.Errorf("%d widgets without their services, reasons %v", len(data), reasons)
	} else {
		for id, reason := range reasons {
			if reason != "source_not_configured" {
				t.Errorf("%s: %s", id, reason)
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("company") != "1" || q.Get("monitor") != "7" || q.Get("from") == "" || q.Has("data_source") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprint(w, map[string]string{
			"/themes": `{"themes": [{"theme": "delivery", "posts": 12, "negative": 3}]}`, "/sub": `{"sub_themes": [{"theme": "delivery", "sub_theme": "late", "posts": 7, "negative": 3}]}`,
			"/dialects": `{"dialects": [{"dialect": "gulf", "posts": 12}]}`, "/overall": `{"sentiments": [{"sentiment": "positive", "posts": 12}, {"sentiment": "negative", "posts": 3}]}`,
			"/why": `{"interpretation": "fewer late deliveries"}`, "/chats": `{"keywords": [{"keyword": "refund", "chats": 4}]}`,
		}[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	for name, path := range map[string]string{
		"APP_THEMES_AI_API": "/themes", "APP_SUB_THEMES_AI_API": "/sub", "APP_DIALECTS_AI_API": "/dialects", "APP_OVERALL_SENTIMENT_URL": "/overall",
		"APP_net_sentiment_interpretation_api": "/why", "APP_CHATS_TOPKEYWORDS": "/chats",
	} {
		t.Setenv(name, server.URL+path)
	}
	if data, reasons := outcome(); len(data) != 6 || len(reasons) != 0 {
		t.Errorf("%d widgets with their services, reasons %v", len(data), reasons)
	}
}
