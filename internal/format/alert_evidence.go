package format

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// The columns of evidence that fires for itself, row by row.
const (
	columnAlertID = "alert_id"
	columnFired   = "fired"
	roleAlert     = "alert"
)

// AlertValue is a measure over the window.
type AlertValue struct {
	Name        string `json:"name"`
	DisplayName string `json:"display_name"`
	Unit        string `json:"unit,omitempty"`
	Value       any    `json:"value"`
	// Previous is the value of the window before, DayBefore that of the same time a day before; absent where the baseline does not reach.
	Previous  *Against `json:"previous,omitempty"`
	DayBefore *Against `json:"day_before,omitempty"`
}

// Against is an earlier value, and how the value has changed since.
type Against struct {
	Value       any `json:"value"`
	Change      any `json:"change"`
	ChangeRatio any `json:"change_ratio"`
}

// numbers adds the measures over the window, where the baseline's buckets are windows too.
func (t *table) numbers(a *Alert) error {
	if a.rule.Kind == alert.Spike || t.main().Rows() == 0 {
		return nil
	}
	var before []alertSeries
	if r := t.in.Results[plan.History]; r != nil {
		for _, m := range t.in.Widget.Spec.Measures {
			p, err := buckets(r.Frame, m, a.rule.Buckets())
			if err != nil {
				return err
			}
			before = append(before, p)
		}
	}
	day := int(24 * time.Hour / a.rule.Window) // that many windows ago
	for i, m := range t.in.Widget.Spec.Measures {
		c, err := t.main().Column(m.Name)
		if err != nil {
			return err
		}
		v := AlertValue{Name: m.Name, DisplayName: m.Label.In(t.in.Widget.Language, m.Name), Unit: m.Unit, Value: cell(c.Value(0))}
		if len(before) > 0 {
			v.Previous = before[i].against(v.Value, 1)
			if day > 1 && 24*time.Hour%a.rule.Window == 0 {
				v.DayBefore = before[i].against(v.Value, day)
			}
		}
		a.Values = append(a.Values, v)
	}
	return nil
}

// alertSeries is a measure's history.
type alertSeries []alert.Point

// against compares a value with that of n buckets before; nil where the history does not reach so far.
func (s alertSeries) against(value any, n int) *Against {
	if n > len(s) {
		return nil
	}
	p := s[len(s)-n]
	out := &Against{}
	if !p.Known {
		return out
	}
	out.Value = p.Value
	if now, ok := number(value); ok {
		out.Change = now - p.Value
		if p.Value != 0 {
			out.ChangeRatio = (now - p.Value) / abs(p.Value)
		}
	}
	return out
}

// evidence adds what the window shows: its top values of a dimension, or rows.
func (t *table) evidence(a *Alert) error {
	r := t.in.Results[plan.Evidence]
	if r == nil {
		return nil
	}
	shown := t.over(r)
	if err := shown.dimensions(); err != nil {
		return err
	}
	spec := t.in.Widget.Spec
	if spec.Alert.Terms {
		for _, m := range spec.Measures {
			c, err := r.Frame.Column(m.Name)
			if err != nil {
				return err
			}
			t.add(t.measureField(m), column(c))
		}
	}
	if spec.Alert.Key == nil {
		return nil
	}
	c, err := r.Frame.Column(spec.Alert.Key.Name)
	if err != nil {
		return err
	}
	ids := make([]string, c.Len())
	for i := range ids {
		ids[i] = alert.ID(a.scope, "row", fmt.Sprint(cell(c.Value(i))))
	}
	fired := a.Fired
	t.each(a, ids, func(int) bool { return fired })
	return nil
}

// each has rows fire for themselves: they get ids, and a column that says which of them do.
func (t *table) each(a *Alert, ids []string, fires func(row int) bool) {
	id, fired := make([]any, len(ids)), make([]any, len(ids))
	a.subjects = nil
	for i := range ids {
		id[i], fired[i] = ids[i], fires(i)
		if fires(i) {
			a.subjects = append(a.subjects, subject{id: ids[i], row: i})
		}
	}
	a.fired = fired
	t.add(t.alertField(columnAlertID, "string", "Alert", "التنبيه"), id)
	t.add(t.alertField(columnFired, "boolean", "Fires", "ينبّه"), fired)
	a.identify()
}

// alertField describes a column that the rule has made.
func (t *table) alertField(name, kind, english, arabic string) Field {
	f := Field{Name: name, Type: kind, Role: roleAlert, Config: Config{DisplayName: english}}
	if t.in.Widget.Language == "ar" {
		f.Config.DisplayName = arabic
	}
	return f
}

// scored is a value of a trend's dimension with its verdict.
type scored struct {
	value any
	alert.Verdict
}

// trend judges each value of the dimension by itself. The strongest speaks for the alert.
func (t *table) trend(a *Alert) error {
	w := t.in.Widget
	values, err := t.scored(a)
	if err != nil {
		return err
	}
	if f := t.main(); f.Rows() == w.Steps[0].Query.Limit {
		t.data.notice("warning", "truncated", noticeScored, f.Rows())
	}
	slices.SortStableFunc(values, stronger)
	if len(values) == 0 {
		none := alert.Judge(a.rule, &alert.Observed{})
		t.verdict(a, &none)
	} else {
		t.verdict(a, &values[0].Verdict)
		a.Subject = text(values[0].value)
	}
	values = values[:min(len(values), w.Spec.Top)]
	dim, m := w.Spec.Dimensions[0], w.Spec.Measures[0]
	c, err := t.main().Column(dim.Name)
	if err != nil {
		return err
	}
	columns := make([][]any, 5)
	ids := make([]string, len(values))
	for i, v := range values {
		for j, x := range []any{v.value, orNull(v.Value), orNull(v.Mean), orNull(v.Sigma), orNull(v.Score)} {
			columns[j] = append(columns[j], x)
		}
		// A term is the same alert while it is in the same window; it cools down whatever the window.
		ids[i] = alert.ID(a.scope, "term", text(v.value))
	}
	for j, f := range []Field{
		t.dimensionField(dim, c.Field.Kind), t.measureField(m),
		t.alertField("mean", "number", "Mean", "المتوسط"), t.alertField("sigma", "number", "σ", "σ"), t.alertField("score", "number", "Score", "الدرجة"),
	} {
		t.add(f, append([]any{}, columns[j]...))
	}
	t.each(a, ids, func(i int) bool { return values[i].Fired() })
	a.size = w.Spec.Top
	return nil
}

// scored reads and judges the rows of a trend. All of them share the buckets that have a history: before the first row of
// any of them there was nothing to watch.
func (t *table) scored(a *Alert) ([]scored, error) {
	w := t.in.Widget
	f, dim, m := t.main(), w.Spec.Dimensions[0], w.Spec.Measures[0]
	n := a.rule.Buckets()
	totals, err := buckets(t.in.Results[plan.History].Frame, nil, n)
	if err != nil {
		return nil, err
	}
	keys, err := f.Column(dim.Name)
	if err != nil {
		return nil, err
	}
	rows, err := f.Column(plan.ColumnRows)
	if err != nil {
		return nil, err
	}
	columns := make([]frame.Column, n+1)
	for i := range columns {
		if columns[i], err = f.Column(w.Alert.Bucket(i)); err != nil {
			return nil, err
		}
	}
	var out []scored
	for row := range f.Rows() {
		o := &alert.Observed{History: slices.Clone(totals), Current: make([]alert.Point, 1)}
		for i, c := range columns {
			p := &o.Current[0]
			if i < n {
				p = &o.History[i]
			}
			p.Value, p.Known = c.Float(row)
			p.Known = p.Known || fill(m) == "zero"
		}
		o.Current[0].Rows, _ = rows.Int(row)
		if o.Current[0].Rows == 0 || keys.Null(row) {
			continue // only in the baseline, or no value at all
		}
		out = append(out, scored{value: cell(keys.Value(row)), Verdict: alert.Judge(a.rule, o)})
	}
	return out, nil
}

// stronger orders what fires before what does not, then what has too few rows last, so that the verdict is of one that was judged; then the
// higher score first, and what has none by its rows.
func stronger(a, b scored) int {
	switch {
	case a.Fired() != b.Fired():
		return sign(a.Fired())
	case (a.State == alert.TooFew) != (b.State == alert.TooFew):
		return sign(b.State == alert.TooFew)
	case a.Score == nil || b.Score == nil:
		if a.Score != b.Score {
			return sign(a.Score != nil)
		}
		return cmp.Compare(b.Rows, a.Rows)
	}
	return cmp.Or(cmp.Compare(*b.Score, *a.Score), cmp.Compare(b.Rows, a.Rows))
}

func sign(first bool) int {
	if first {
		return -1
	}
	return 1
}

func orNull(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

func text(v any) string { return fmt.Sprint(v) }
