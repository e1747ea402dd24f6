package plan

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxWidgets bounds a request.
const maxWidgets = 100

// Selected returns the ids of the widgets that a request asks for: those it names, in its order, or all that it describes in its
// metrics, or all of the page. A name is matched without regard to case, and may carry the page before it (Page__Widget).
func Selected(req *models.Request, page *catalog.Page) []string {
	described, err := page.Describe(req.Metrics)
	if err != nil {
		described = &catalog.Described{} // Build says so
	}
	return selected(req, page, described)
}

func selected(req *models.Request, page *catalog.Page, described *catalog.Described) []string {
	var ids []string
	for _, name := range req.SelectedWidgets {
		id := name
		if own := described.Find(name); own != nil {
			id = own.ID
		} else if w := page.Find(name); w != nil {
			id = w.ID
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		if len(ids) > maxWidgets {
			break // one more than is allowed is enough to refuse
		}
	}
	if len(ids) == 0 {
		for _, w := range described.Widgets {
			ids = append(ids, w.ID)
		}
	}
	if len(ids) == 0 {
		for _, w := range page.Widgets {
			if !page.Omit[w.ID] {
				ids = append(ids, w.ID)
			}
		}
	}
	return ids
}

// request is a request as far as it is the same for all widgets.
type request struct {
	*models.Request
	page       *catalog.Page
	zone       *time.Location
	rng        query.Range
	now        time.Time
	conditions []condition
	numbers    *locale.Format
	own
}

// Build plans a page. Its error is of class Reject: the request as a whole cannot be served. What is wrong
// with one widget alone is in that widget's Err.
//
// A filter member that no dataset of the asked widgets knows is the request's fault; one that only
// some datasets know fails the widgets of the others, since a number that ignores a filter is wrong.
func Build(req *models.Request, page *catalog.Page, cat *catalog.Catalog, now time.Time) (*Plan, error) {
	described, err := page.Describe(req.Metrics)
	if err != nil {
		return nil, reject(models.ReasonBadValue, "%s", err)
	}
	ids := selected(req, page, described)
	if len(ids) > maxWidgets {
		return nil, reject(models.ReasonBadValue, "selected_widgets names more than %d widgets", maxWidgets)
	}
	zone, err := zoneOf(req)
	if err != nil {
		return nil, err
	}
	rng, err := rangeOf(req, zone, now)
	if err != nil {
		return nil, err
	}
	conditions, err := readFilters(req.Filters, zone)
	if err != nil {
		return nil, err
	}
	r := &request{Request: req, page: page, zone: zone, rng: rng, now: now, conditions: conditions}
	if req.Language != "" {
		r.numbers = locale.Of(req.Language).Format()
	}
	p := &Plan{Page: page.Key.String(), Catalog: cat.Version}
	var faults []error
	for _, id := range ids {
		var w Widget
		if own := described.Find(id); own != nil {
			w = r.described(own)
		} else {
			w = r.widget(id)
		}
		if described.Loose {
			w.note("metrics_ignored", "metrics describes no widget of this page, and changed nothing.")
		}
		if w.Err != nil && fault.ClassOf(w.Err) == fault.Reject {
			faults = append(faults, w.Err)
		}
		p.Widgets = append(p.Widgets, w)
	}
	if len(faults) == len(p.Widgets) && len(faults) > 0 {
		return nil, faults[0]
	}
	for _, f := range faults {
		// A missing tenant, or a value of the wrong type, is the request's fault whatever the other widgets say.
		if reason := fault.ReasonOf(f); reason != models.ReasonUnknownMember {
			return nil, f
		}
	}
	return p, nil
}

// widget plans one widget.
func (r *request) widget(id string) Widget {
	spec := r.page.Find(id)
	if spec == nil {
		known := make([]string, len(r.page.Widgets))
		for i, w := range r.page.Widgets {
			known[i] = w.ID
		}
		return Widget{ID: id, Err: fault.New(fault.Permanent, "unknown_widget",
			"page "+r.page.Key.Page+" has no widget "+strconv.Quote(clip(id))+suggestion(id, known), nil)}
	}
	return r.planned(id, spec)
}

// planned plans a widget of the catalog's, or one as if it were.
func (r *request) planned(id string, spec *catalog.Widget) Widget {
	if r.pages(spec) {
		from, err := r.cursor(spec)
		if err != nil {
			return Widget{ID: id, Spec: spec, Kind: spec.Kind, Err: alone(err)}
		}
		if from != nil {
			on := *r
			on.rng, on.from = from.rng(), from
			r = &on
		}
	}
	w := Widget{
		ID: id, Spec: spec, Kind: spec.Kind, Language: locale.Base(r.Language), Numbers: r.numbers, Title: r.WidgetNames[id],
		Range: r.rng, Zone: r.zone.String(), Now: r.now.UTC(), Page: min(max(1, r.PageNumber), maxPage),
	}
	if spec.Alert != nil {
		r = r.watching(spec.Alert)
	}
	base, err := r.base(spec)
	if err == nil {
		err = r.shape(&w, base)
		r.keep(&w)
		unshare(&w)
		w.Synthetic = synthetic(&w)
	}
	if err != nil {
		return Widget{ID: id, Spec: spec, Kind: spec.Kind, Err: err}
	}
	return w
}

// base is the query that all steps of a widget share: where the rows are, and which of them count.
func (r *request) base(spec *catalog.Widget) (*query.Query, error) {
	d := spec.Dataset
	tenant, err := r.tenant(d)
	if err != nil {
		return nil, err
	}
	asked, err := r.asked(d)
	if err != nil {
		return nil, err
	}
	if spec.Kind == catalog.Keyness {
		asked = nil // it tells the widget's rows from those that they are compared with
	}
	narrowed, err := r.narrowed(d)
	if err != nil {
		return nil, err
	}
	relation, err := r.relation(d)
	if err != nil {
		return nil, err
	}
	params, err := r.params(d)
	if err != nil {
		return nil, err
	}
	q := &query.Query{
		Dataset: d.Name, Relation: relation, Tenant: tenant, Params: params, Where: all(d.RowFilter, spec.Where, narrowed, asked),
	}
	bound(q, d.Limits, d.Limits.Rows)
	q.Share = r.share(d)
	if d.Time != nil {
		q.Time, q.Range = d.Time, r.rng
	}
	return q, nil
}

// asked are the request's filters on a dataset's rows; nil for none.
func (r *request) asked(d *catalog.Dataset) (query.Filter, error) {
	return bind(r.left(d), d, r.page, r.zone)
}

// bound gives a query its dataset's limits.
func bound(q *query.Query, l catalog.Limits, rows int) {
	q.MaxRows, q.MaxBytes, q.MaxReadBytes, q.Timeout = rows, l.Bytes, l.ReadBytes, l.Timeout
}

// tenant binds a dataset to the request's tenant. A dataset that has one is never asked without it: where its rows have no
// column for it, its own query binds it.
func (r *request) tenant(d *catalog.Dataset) (*query.Compare, error) {
	if d.Tenant == nil {
		return nil, nil //nolint:nilnil // the catalog says tenant: none
	}
	value, err := r.tenantValue(d)
	if err != nil || d.Tenant.Field.Column == "" {
		return nil, err
	}
	return &query.Compare{Field: d.Tenant.Field, Op: query.Eq, Values: []any{value}}, nil
}

// tenantValue is the request's tenant as a dataset's column has it.
func (r *request) tenantValue(d *catalog.Dataset) (any, error) {
	t := d.Tenant
	value := map[string]string{
		"company_id": r.CompanyID, "company_schema": r.CompanySchema, "dbName": r.DBName, "tenant": r.Tenant(),
	}[t.Parameter]
	if value == "" {
		return nil, reject(models.ReasonMissingTenant, "%s is missing; dataset %s is restricted by it", t.Parameter, d.Name)
	}
	pattern, err := regexp.Compile(t.Pattern)
	if err != nil || !pattern.MatchString(value) {
		return nil, reject(models.ReasonForbiddenName, "%s %s holds what a tenant's name may not", t.Parameter, strconv.Quote(clip(value)))
	}
	typed, ok := typedValue(value, t.Field.Type, r.zone)
	if !ok {
		return nil, reject(models.ReasonForbiddenName, "%s %s is no %s", t.Parameter, strconv.Quote(clip(value)), typeName(t.Field.Type))
	}
	return typed, nil
}
