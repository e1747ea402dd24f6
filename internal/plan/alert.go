package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// ColumnRows is the number of rows beside the measures of an alert; a name that no measure has.
const ColumnRows = "__rows"

// The keys of a request that override a rule's numbers.
const (
	keyThreshold = "alert_threshold"
	keyK         = "alert_k"
	keyMinCount  = "alert_min_count"
	// KeyOnlyFired has only alerts that fire delivered: what a schedule asks for.
	KeyOnlyFired = "alert_only_fired"
)

// maxTerms bounds the values of a dimension that a trend is looked for among: those with the most rows now.
const maxTerms = 1000

// maxKeyed is how many rows are looked at where each fires for itself.
const maxKeyed = 200

// Alert is what an alert is judged by.
type Alert struct {
	// Rule is the catalog's with what the request overrides.
	Rule alert.Rule
	// Baseline is the time before the window; Edges are those of its buckets, and of a spike's window after them.
	Baseline query.Range
	Edges    []time.Time
	// Scope names the alert: the same for the same alert of the same tenant, filters and thresholds, whatever the window.
	Scope string
}

// Bucket returns the name of a trend's measure over bucket i of the edges; the last is the window.
func (*Alert) Bucket(i int) string { return "__bucket_" + strconv.Itoa(i) }

// Rows returns the role of the rows that a widget shows: of an alert its evidence.
func (w *Widget) Rows() Role {
	if w.Kind == catalog.AlertKind {
		return Evidence
	}
	return Main
}

// watching is the request as an alert sees it: its range is the window, which ends where the request's range does. Without an end, or with
// one that is to come, that is the minute that has just begun.
func (r *request) watching(a *catalog.Alert) *request {
	out := *r
	to := r.rng.To
	if strings.TrimSpace(r.EndDate) == "" || to.After(r.now) {
		to = r.now.UTC().Truncate(time.Minute)
	}
	out.rng = query.Range{From: to.Add(-a.Window), To: to}
	return &out
}

// alert asks what a rule judges: the window, the baseline by buckets, and what is shown of the window.
func (r *request) alert(w *Widget, base *query.Query) error {
	spec := w.Spec.Alert
	w.Range = r.rng
	w.Alert = &Alert{Rule: spec.Rule, Baseline: query.Range{From: r.rng.From.Add(-spec.Baseline), To: r.rng.From}}
	if err := r.override(w.Alert, spec, base); err != nil {
		return err
	}
	var err error
	if w.Alert.Scope, err = r.scope(w); err != nil {
		return err
	}
	for at := w.Alert.Baseline.From; !at.After(r.rng.To); at = at.Add(spec.Bucket) {
		w.Alert.Edges = append(w.Alert.Edges, at)
	}
	counted := append(measures(w.Spec), query.Measure{Name: ColumnRows, Agg: query.Count})
	main := *base
	main.Measures = counted
	whole := query.Range{From: w.Alert.Baseline.From, To: r.rng.To}
	switch spec.Kind {
	case alert.Spike:
		main = r.shifted(&main, whole)
		main.Groups, main.Order = r.buckets(w, w.Alert.Edges)
		r.step(w, Main, &main)
	case alert.Trend:
		main = r.shifted(&main, whole)
		r.trend(w, &main)
		r.step(w, Main, &main)
		r.history(w, base, []query.Measure{{Name: ColumnRows, Agg: query.Count}})
	case alert.Threshold, alert.Rows, alert.Summary:
		r.step(w, Main, &main)
		r.history(w, base, counted)
	}
	if spec.Kind != alert.Trend && len(w.Spec.Dimensions) > 0 {
		r.evidence(w, base)
	}
	w.Cost = cost(w)
	return nil
}

func (r *request) step(w *Widget, role Role, q *query.Query) {
	w.Steps = append(w.Steps, Step{Role: role, Source: w.Spec.Dataset.Source.Name, Query: q})
}

// shifted is a query over another range.
func (r *request) shifted(q *query.Query, rng query.Range) query.Query {
	out := *q
	r.move(&out, rng)
	return out
}

func (r *request) buckets(w *Widget, edges []time.Time) ([]query.Group, []query.Order) {
	d := w.Spec.Dataset
	return []query.Group{{
		Name: ColumnBucket, Field: query.Field{Column: d.Time.Column, Type: query.Time},
		Buckets: &query.Buckets{Edges: edges}, Storage: d.Time.Storage, Zone: d.Time.Zone,
	}}, []query.Order{{Name: ColumnBucket}}
}

// history asks for the baseline's buckets, where the rule has a baseline.
func (r *request) history(w *Widget, base *query.Query, of []query.Measure) {
	n := w.Alert.Rule.Buckets()
	if n == 0 {
		return
	}
	q := r.shifted(base, w.Alert.Baseline)
	q.Measures = of
	q.Groups, q.Order = r.buckets(w, w.Alert.Edges[:n+1])
	r.step(w, History, &q)
}

// trend groups by the dimension, with the measure over each bucket as a measure of its own: one row a value, those with the most
// rows now first.
func (r *request) trend(w *Widget, q *query.Query) {
	d := w.Spec.Dataset
	q.Groups = []query.Group{r.group(w.Spec.Dimensions[0])}
	judged := measures(w.Spec)[0]
	q.Measures = nil
	edges := w.Alert.Edges
	last := len(edges) - 2
	for i := range last + 1 {
		q.Measures = append(q.Measures, only(judged, w.Alert.Bucket(i), during(d.Time, query.Range{From: edges[i], To: edges[i+1]})))
	}
	q.Measures = append(q.Measures, only(query.Measure{Agg: query.Count}, ColumnRows, during(d.Time, query.Range{From: edges[last], To: edges[last+1]})))
	q.Order = []query.Order{{Name: ColumnRows, Desc: true}}
	q.Limit = maxTerms
}

// evidence asks for what is shown of the window: the top values of a dimension, or rows.
func (r *request) evidence(w *Widget, base *query.Query) {
	q := *base
	q.Where = all(base.Where, w.Spec.Alert.Evidence)
	if w.Spec.Alert.Terms {
		q.Groups = []query.Group{r.group(w.Spec.Dimensions[0])}
		q.Measures = measures(w.Spec)
		q.Order, q.Limit = []query.Order{{Name: w.Spec.Measures[0].Name, Desc: true}}, w.Spec.Top
	} else {
		q.Rows = true
		q.Select, q.Order = rows(w.Spec)
		q.Limit = w.Spec.PageSize
		if w.Spec.Alert.Key != nil { // what was told before must not hide what is new
			q.Limit = max(q.Limit, maxKeyed)
		}
	}
	r.step(w, Evidence, &q)
}

// override puts the request's numbers in place of the rule's, and binds the rule's bound on a column.
func (r *request) override(a *Alert, spec *catalog.Alert, base *query.Query) error {
	bound := spec.AtLeast
	if spec.AtMost != nil {
		bound = spec.AtMost
	}
	if given, err := r.number(keyThreshold); err != nil {
		return err
	} else if given != nil {
		if bound == nil {
			return reject(models.ReasonBadValue, "%s: an alert of rule %s has no threshold", keyThreshold, spec.Kind)
		}
		bound = given
	}
	if spec.AtMost != nil {
		a.Rule.AtMost = bound
	} else {
		a.Rule.AtLeast = bound
	}
	if given, err := r.number(keyK); err != nil {
		return err
	} else if given != nil {
		if spec.Kind != alert.Spike && spec.Kind != alert.Trend || *given <= 0 {
			return reject(models.ReasonBadValue, "%s is a number above 0, and goes with rules spike and trend", keyK)
		}
		a.Rule.K = *given
	}
	if given, err := r.number(keyMinCount); err != nil {
		return err
	} else if given != nil {
		n := int64(*given)
		if float64(n) != *given || n < 1 {
			return reject(models.ReasonBadValue, "%s is a whole number from 1 on", keyMinCount)
		}
		a.Rule.MinCount = n
	}
	if spec.Column == nil {
		return nil
	}
	value := any(*bound)
	if spec.Column.Field.Type == query.Int {
		n := int64(*bound)
		if float64(n) != *bound {
			return reject(models.ReasonBadValue, "%s is a whole number, which %s is", keyThreshold, spec.Column.Name)
		}
		value = n
	}
	base.Where = all(base.Where, query.Compare{Field: spec.Column.Field, Op: query.Gte, Values: []any{value}})
	return nil
}

// number reads a number of the request; nil where there is none.
func (r *request) number(key string) (*float64, error) {
	given, err := r.given(key)
	if err != nil || given == nil || given == "" {
		return nil, err
	}
	value, ok := typedValue(given, query.Float, r.zone)
	if _, truth := given.(bool); !ok || truth {
		return nil, reject(models.ReasonBadValue, "%s: %s is no number", key, shown(given))
	}
	f, _ := value.(float64)
	return &f, nil
}

// scope names an alert by all that decides what it watches.
func (r *request) scope(w *Widget) (string, error) {
	var filters any
	if len(r.Filters) > 0 {
		if err := json.Unmarshal(r.Filters, &filters); err != nil {
			return "", reject(models.ReasonBadJSON, "filters is not JSON")
		}
	}
	params := make(map[string]any)
	for i := range r.page.Parameters {
		p := &r.page.Parameters[i]
		values, err := r.values(p)
		if err != nil {
			return "", err
		}
		params[p.Name] = values
	}
	for name, p := range w.Spec.Dataset.Parameters {
		value, err := r.parameter(p)
		if err != nil {
			return "", err
		}
		params[name] = value
	}
	rule := w.Alert.Rule
	said, err := json.Marshal([]any{filters, params, rule.AtLeast, rule.AtMost, rule.K, rule.MinCount}) // maps in the order of their keys
	if err != nil {
		return "", fmt.Errorf("plan: name an alert: %w", err)
	}
	return alert.ID(r.page.Key.String(), w.Spec.ID, r.CompanyID, r.CompanySchema, r.DBName, r.MonitorID, string(said)), nil
}
