package stores

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/sample"
)

// ended computes a page and returns how each widget ended: its status, or its error.
func ended(t *testing.T, pages *app.Pages, page string) map[string]error {
	t.Helper()
	s := pages.Snapshot()
	p, err := plan.Build(&models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}, s.Catalog.Pages[page], s.Catalog, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	ends := make(map[string]error)
	if err := s.Engine.Run(t.Context(), p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, _ *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		if _, twice := ends[w.ID]; twice {
			t.Errorf("%s ended twice", w.ID)
		}
		ends[w.ID] = err
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ends
}

func emptyRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := sample.Extract(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	return root
}

const limitedCatalog = `version: 1
extends: builtin
datasets:
  few_bytes: {like: posts, limits: {bytes: 2000}}
  little_time: {like: posts, limits: {timeout: 1ns}}
pages:
  LimitedPage:
    widgets:
      too_much: {kind: feed, dataset: few_bytes, dimensions: [author, subject]}
      little: {kind: stat, dataset: few_bytes, measures: [posts]}
      late: {kind: stat, dataset: little_time, measures: [posts]}
      other: {kind: feed, dataset: posts, dimensions: [author, subject]}
`

// A widget that meets a limit says which one; the others are computed.
func TestAWidgetAtItsLimitFailsAlone(t *testing.T) {
	t.Parallel()
	pages := over(t, emptyRoot(t), limitedCatalog)
	ends := ended(t, pages, "LimitedPage")
	for id, want := range map[string]string{"too_much": "source_limit", "little": "", "late": "source_timeout", "other": ""} {
		if got := codeOf(ends[id]); got != want {
			t.Errorf("%s ended with %q, want %q: %v", id, got, want, ends[id])
		}
	}
	if text := fault.SafeText(ends["too_much"]); !strings.Contains(text, "2000 bytes") {
		t.Errorf("the requester reads %q", text)
	}
}
