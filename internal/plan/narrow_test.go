package plan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// TestPageParametersRestrictEveryWidget: a key of the request restricts each dataset of the page by its own dimension, to one value
// or a list; missing where it is required, or of the wrong type, it rejects the request by its name.
func TestPageParametersRestrictEveryWidget(t *testing.T) {
	t.Parallel()
	cat := posts(t)
	ask := func(raw string) (*Plan, error) {
		req := &models.Request{CompanyID: "1", StartDate: "2002-09-01", EndDate: "2002-09-30"}
		if raw != "" {
			req.Extra = []models.Member{{Name: "interaction_id", Value: []byte(raw)}}
		}
		return Build(req, cat.Pages["SingleInteractionPage"], cat, time.Now())
	}
	for raw, want := range map[string][]any{`"a"`: {"a"}, `7`: {"7"}, `["a","b",""]`: {"a", "b"}} {
		p, err := ask(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		for _, w := range p.Widgets {
			column := "interaction_id"
			if w.Spec.Dataset.Name == "interactions" {
				column = "id"
			}
			found := false
			var look func(f query.Filter)
			look = func(f query.Filter) {
				switch f := f.(type) {
				case query.And:
					for _, x := range f {
						look(x)
					}
				case query.Compare:
					found = found || f.Field.Column == column && f.Op == query.In && cmp.Equal(f.Values, want)
				}
			}
			look(w.Steps[0].Query.Where)
			if !found {
				t.Errorf("%s: widget %s asks for %v", raw, w.ID, w.Steps[0].Query.Where)
			}
		}
	}
	for raw, reason := range map[string]string{
		"": models.ReasonMissingParameter, `null`: models.ReasonMissingParameter, `[]`: models.ReasonMissingParameter, `""`: models.ReasonMissingParameter,
		`{"a":1}`: models.ReasonBadValue, `[["a"]]`: models.ReasonBadValue,
	} {
		if _, err := ask(raw); fault.ReasonOf(err) != reason || fault.ClassOf(err) != fault.Reject {
			t.Errorf("%s: %v, want %s", raw, err, reason)
		}
	}
}
