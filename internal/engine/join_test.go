package engine_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

const ownJoin = `
version: 1
extends: builtin
datasets:
  both:
    source: conversations
    tenant: inputs
    sql: SELECT asked.author, asked.posts, ever.posts AS ever FROM asked JOIN ever USING (author)
    inputs:
      asked: {dataset: posts, dimensions: [author], measures: [posts]}
      ever: {dataset: posts, range: all, dimensions: [author], measures: [posts]}
    dimensions: {author: {}}
    measures:
      asked: {agg: sum, field: posts, type: int}
      ever: {agg: sum, field: ever, type: int}
pages:
  Joined: {dataset: both, widgets: {n: {kind: stat, measures: [asked, ever]}}}
`

// Where all inputs are the joining engine's own, it joins them all the same.
func TestAJoinOfTheEnginesOwnDatasets(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(ownJoin)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	req := &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}
	p, err := plan.Build(req, cat.Pages["Joined"], cat, time.Date(2002, 10, 3, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	e := engine.Engine{Sources: map[string]source.Source{"conversations": conversations(t)}, Workers: 2}
	if err := e.Run(t.Context(), p, none, func(_ context.Context, w *plan.Widget, data *format.Data, err error) error {
		if err != nil {
			t.Errorf("%s: %v", w.ID, err)
			return nil
		}
		if got := data.Data.Values[0][0]; got != int64(1240) {
			t.Errorf("%v posts in September, want 1240", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if x, err := e.Explain(t.Context(), p.Widgets[0].Steps[0]); err != nil || len(x) != 3 {
		t.Errorf("explain: %v %+v", err, x)
	}
}
