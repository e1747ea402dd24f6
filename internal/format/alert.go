package format

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Alert is what an alert's message says beside its evidence, which is its data. What there is no number for is null.
type Alert struct {
	// ID is the same for the same alert over the same window, or of the same rows: receivers drop repeats by it.
	ID     string `json:"id"`
	Fired  bool   `json:"fired"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Rule   Rule   `json:"rule"`
	// Value is the judged number; of a trend that of its strongest value, which Subject names. Rows is how many rows it is of.
	Value   *float64 `json:"value"`
	Subject string   `json:"subject,omitempty"`
	Rows    int64    `json:"rows"`
	// Bound is what Value is compared with, Deviation Value less the baseline's mean, Score that over its σ.
	Bound     *float64  `json:"bound"`
	Deviation *float64  `json:"deviation"`
	Score     *float64  `json:"score"`
	Baseline  *Baseline `json:"baseline,omitempty"`
	// Values are the measures over the window, with those of the window before and a day before where the baseline has them.
	Values   []AlertValue   `json:"values,omitempty"`
	Cooldown *AlertCooldown `json:"cooldown,omitempty"`
	// Open is how to ask for the page about one row of the evidence.
	Open *AlertOpen `json:"open,omitempty"`

	names    alert.Names
	language string
	rule     *alert.Rule
	scope    string
	window   time.Time
	subjects []subject
	// fired is the column that says which rows fire; nil where the alert fires as a whole. Size is how many of them are shown.
	fired []any
	size  int
}

// subject is what fires and cools down for itself: a row of the evidence, or the alert (row -1).
type subject struct {
	id  string
	row int
}

// Rule is a rule in words and as values.
type Rule struct {
	Kind      string   `json:"kind"`
	Text      string   `json:"text"`
	Measure   string   `json:"measure"`
	Unit      string   `json:"unit,omitempty"`
	Dimension string   `json:"dimension,omitempty"`
	Column    string   `json:"column,omitempty"`
	Window    int64    `json:"window_seconds"`
	Baseline  int64    `json:"baseline_seconds,omitzero"`
	Bucket    int64    `json:"bucket_seconds,omitzero"`
	AtLeast   *float64 `json:"at_least,omitempty"`
	AtMost    *float64 `json:"at_most,omitempty"`
	K         float64  `json:"k,omitzero"`
	MinSigma  float64  `json:"min_sigma,omitzero"`
	MinCount  int64    `json:"min_count"`
	History   int      `json:"min_history,omitzero"`
}

// Baseline is what the buckets before the window say: those of them with a history.
type Baseline struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Buckets int       `json:"buckets"`
	Mean    *float64  `json:"mean"`
	Sigma   *float64  `json:"sigma"`
}

// AlertCooldown is how long the alert is silent after it was delivered, and until when it is now.
type AlertCooldown struct {
	Seconds int64      `json:"seconds"`
	Until   *time.Time `json:"until,omitempty"`
}

// AlertOpen names a page, its parameter, and the column of the evidence with the parameter's value.
type AlertOpen struct {
	Page      string `json:"page"`
	Parameter string `json:"parameter"`
	Column    string `json:"column"`
}

// judged is the verdict of an alert's rule, with its evidence.
func judged(t *table) error {
	w := t.in.Widget
	spec, m := w.Spec.Alert, w.Spec.Measures[0]
	a := &Alert{
		rule: &w.Alert.Rule, scope: w.Alert.Scope, language: w.Language, window: w.Range.From, size: w.Spec.PageSize,
		names: w.Spec.RuleNames(w.Language),
	}
	t.data.Alert = a
	a.Rule = ruleOf(a, spec, m)
	if spec.Open != nil {
		a.Open = &AlertOpen{Page: spec.Open.Page, Parameter: spec.Open.Parameter, Column: spec.Open.Dimension}
	}
	if spec.Cooldown > 0 {
		a.Cooldown = &AlertCooldown{Seconds: seconds(spec.Cooldown)}
	}
	if spec.Kind == alert.Trend {
		return t.trend(a)
	}
	observed, err := t.observed(m)
	if err != nil {
		return err
	}
	v := alert.Judge(a.rule, observed)
	t.verdict(a, &v)
	if err := t.numbers(a); err != nil {
		return err
	}
	return t.evidence(a)
}

func ruleOf(a *Alert, spec *catalog.Alert, m *catalog.Measure) Rule {
	r := a.rule
	out := Rule{
		Kind: string(r.Kind), Text: r.Text(a.names, a.language), Measure: m.Name, Unit: m.Unit, Window: seconds(r.Window), Baseline: seconds(r.Baseline),
		AtLeast: r.AtLeast, AtMost: r.AtMost, K: r.K, MinSigma: r.MinSigma, MinCount: r.MinCount, History: r.MinHistory,
	}
	if r.Baseline > 0 {
		out.Bucket = seconds(r.Bucket)
	}
	if a.names.Dimension != "" && r.Kind == alert.Trend {
		out.Dimension = a.names.Dimension
	}
	if spec.Column != nil {
		out.Column = spec.Column.Name
	}
	return out
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// verdict takes a judgement over.
func (t *table) verdict(a *Alert, v *alert.Verdict) {
	w := t.in.Widget
	a.Fired, a.State, a.Reason = v.Fired(), string(v.State), v.Reason(a.rule, a.names, a.language)
	a.Value, a.Rows, a.Bound, a.Deviation, a.Score = v.Value, v.Rows, v.Bound, v.Deviation, v.Score
	if a.rule.Baseline > 0 {
		a.Baseline = &Baseline{From: w.Alert.Baseline.From.UTC(), To: w.Alert.Baseline.To.UTC(), Buckets: v.Past, Mean: v.Mean, Sigma: v.Sigma}
	}
	t.empty = a.Rows == 0
	if a.Fired {
		a.subjects = []subject{{id: a.scope, row: -1}}
	}
	a.identify()
}

// identify names the alert: by its window, or where rows fire for themselves by these.
func (a *Alert) identify() {
	a.ID = alert.ID(a.scope, "window", a.window.UTC().Format(time.RFC3339Nano))
	var rows []string
	for _, s := range a.subjects {
		if s.row >= 0 {
			rows = append(rows, s.id)
		}
	}
	if len(rows) > 0 && a.rule.Kind == alert.Rows {
		slices.Sort(rows)
		a.ID = alert.ID(append([]string{a.scope, "rows"}, rows...)...)
	}
}

// observed reads the buckets of the window and of the baseline.
func (t *table) observed(m *catalog.Measure) (*alert.Observed, error) {
	w := t.in.Widget
	n := w.Alert.Rule.Buckets()
	if w.Alert.Rule.Kind == alert.Spike {
		all, err := buckets(t.main(), m, len(w.Alert.Edges)-1)
		if err != nil {
			return nil, err
		}
		return &alert.Observed{History: all[:n], Current: all[n:]}, nil
	}
	now, err := point(t.main(), m)
	if err != nil {
		return nil, err
	}
	if w.Alert.Rule.Kind == alert.Rows {
		now.Value, now.Known = float64(now.Rows), true
	}
	out := &alert.Observed{Current: []alert.Point{now}}
	if r := t.in.Results[plan.History]; r != nil {
		out.History, err = buckets(r.Frame, m, n)
		if w.Alert.Rule.Kind == alert.Rows {
			for i, p := range out.History {
				out.History[i].Value, out.History[i].Known = float64(p.Rows), true
			}
		}
	}
	return out, err
}

// point reads a frame's one row.
func point(f *frame.Frame, m *catalog.Measure) (p alert.Point, err error) {
	value, err := f.Column(m.Name)
	if err != nil {
		return p, err
	}
	rows, err := f.Column(plan.ColumnRows)
	if err != nil {
		return p, err
	}
	if value.Len() > 0 {
		p.Value, p.Known = value.Float(0)
		p.Rows, _ = rows.Int(0)
	}
	return p, nil
}

// buckets reads a frame's buckets. One without rows has the value 0 where the measure counts, else none.
func buckets(f *frame.Frame, m *catalog.Measure, n int) ([]alert.Point, error) {
	at, err := positions(f, n)
	if err != nil {
		return nil, err
	}
	rows, err := f.Column(plan.ColumnRows)
	if err != nil {
		return nil, err
	}
	out := make([]alert.Point, n)
	for i, row := range at {
		switch {
		case m == nil && row >= 0:
			out[i].Rows, _ = rows.Int(row)
		case m != nil && row >= 0:
			value, err := f.Column(m.Name)
			if err != nil {
				return nil, err
			}
			out[i].Value, out[i].Known = value.Float(row)
			out[i].Rows, _ = rows.Int(row)
		default:
			out[i].Known = m != nil && fill(m) == "zero"
		}
	}
	return out, nil
}

// over is the same widget with another result as its main one.
func (t *table) over(r *source.Result) *table {
	in := *t.in
	in.Results = map[plan.Role]*source.Result{plan.Main: r}
	return &table{data: t.data, in: &in}
}
