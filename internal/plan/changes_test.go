package plan

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const changing = `version: 1
sources: {s: {kind: duckdb}}
datasets:
  loads: {source: s, files: l.parquet, time: {field: at}, tenant: {parameter: company_id, field: owner}, share: {fresh_for: 1h}, measures: {last: {agg: max, field: at, type: time}}}
  own: {source: s, files: a.parquet, time: {field: at}, tenant: {parameter: company_id, field: company}, row_filter: channel != "spam", keep: {closed_after: 1h}, share: {fresh_for: 1m}, changes: {measures: [n, last]}, dimensions: {channel: {}}, measures: {n: {agg: count}, last: {agg: max, field: at, type: time}}}
  other: {like: own, changes: {dataset: loads, measures: [last], every: 5m}}
pages:
  Own: {dataset: own, widgets: {n: {kind: stat, measures: [n], where: channel == "mail"}}}
  Other: {dataset: other, widgets: {n: {kind: stat, measures: [n]}}}
`

// What tells changes is asked for under the tenant and the row filter of its dataset, whatever the widget and the request restrict: of the dataset's own rows by time, of all rows of another one.
func TestWhatTellsChangesIsAskedAsTheDatasetIs(t *testing.T) {
	t.Parallel()
	cat, err := catalog.Load(fstest.MapFS{"c.yaml": {Data: []byte(changing)}}, "c.yaml")
	if err != nil {
		t.Fatal(err)
	}
	steps := func(page, tenant, filters string) (out []*query.Query) {
		t.Helper()
		req := &models.Request{CompanyID: tenant, StartDate: "2026-01-01", EndDate: "2026-01-10", Filters: []byte(filters)}
		p, err := Build(req, cat.Pages[page], cat, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
		if err != nil || p.Widgets[0].Err != nil {
			t.Fatal(err, p.Widgets[0].Err)
		}
		for _, step := range p.Widgets[0].Steps {
			out = append(out, step.Query)
		}
		return out
	}
	own := steps("Own", "7", `{"channel":["mail","chat"]}`)[0]
	told := own.Share.Changes
	if told == nil || own.Keep.Changes == nil || told.Query.Key() != own.Keep.Changes.Query.Key() || told.Every != 30*time.Second {
		t.Fatalf("shared by %+v, kept by %+v", told, own.Keep.Changes)
	}
	q := told.Query
	if q.Tenant == nil || q.Tenant.Values[0] != "7" || q.Tenant.Field.Column != "company" || len(q.Measures) != 2 || q.Time == nil || q.Share != nil || q.Keep != nil || len(q.Groups) > 0 || q.Where == nil {
		t.Errorf("it asks %+v", q)
	}
	if q.Key() != steps("Own", "7", "")[0].Share.Changes.Query.Key() {
		t.Error("it depends on the request's filters")
	}
	if q.Key() == steps("Own", "8", "")[0].Share.Changes.Query.Key() {
		t.Error("two tenants ask the same")
	}
	other := steps("Other", "7", "")[0].Keep.Changes
	if q := other.Query; other.Every != 5*time.Minute || q.Dataset != "loads" || q.Tenant.Field.Column != "owner" || q.Time != nil || q.Share != nil {
		t.Errorf("of another dataset it asks %+v", q)
	}
}
