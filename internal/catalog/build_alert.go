package catalog

import (
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

// Bounds of a rule.
const (
	// maxTrendBuckets bounds the windows that a trend is scored by: each is a measure of one query.
	maxTrendBuckets = 30
	maxAlertBuckets = 5000
	longestAlert    = 366 * 24 * time.Hour
	fewestBuckets   = 2
)

func alertRules() []string {
	return []string{string(alert.Threshold), string(alert.Spike), string(alert.Trend), string(alert.Rows), string(alert.Summary)}
}

// alertKeys are the keys that only some rules have.
func alertKeys() map[string][]alert.Kind {
	return map[string][]alert.Kind{
		"bucket": {alert.Spike}, "at_least": {alert.Threshold, alert.Rows}, "at_most": {alert.Threshold}, "k": {alert.Spike, alert.Trend},
		"min_history": {alert.Spike, alert.Trend}, "column": {alert.Rows}, "key": {alert.Rows},
		"evidence": {alert.Threshold, alert.Spike, alert.Rows, alert.Summary},
	}
}

// alert reads the rule of a widget whose columns are known.
func (b *builder) alert(w *Widget, v *value) {
	if w.Kind != AlertKind {
		return // shape says so where there is one
	}
	a := v.get("alert")
	if a == nil {
		return // reported by its shape
	}
	w.Alert = &Alert{Terms: v.get("dimension") != nil, Rule: alert.Rule{
		Kind: alert.Kind(a.get("rule").str("")), Window: duration(a.get("window")), Baseline: duration(a.get("baseline")), Bucket: duration(a.get("bucket")),
		MinCount: int64(a.get("min_count").int(1)), MinHistory: a.get("min_history").int(0), Cooldown: duration(a.get("cooldown")),
		AtLeast: optional(a.get("at_least")), AtMost: optional(a.get("at_most")),
	}}
	if v.get("page_size") == nil {
		w.PageSize = 5
	}
	if r := &w.Alert.Rule; r.Kind == "" || r.Window == 0 {
		return // reported already
	}
	for _, e := range a.entries() {
		if of := alertKeys()[e.name]; of != nil && !slices.Contains(of, w.Alert.Kind) {
			b.faults.add(e.at, "", "%s does not go with rule %s", e.name, w.Alert.Kind)
		}
	}
	if len(w.Measures) > 0 {
		if a := w.Measures[0].Query; w.Alert.Kind == alert.Trend && (w.Measures[0].Additive() || a.Agg == query.CountDistinct) {
			w.Alert.MinSigma = statistic.MinDeviation // as of a trend's score
		}
		if m := w.Measures[0]; m.Query.Type() != query.Int && m.Query.Type() != query.Float {
			b.faults.add(v.get("measures").items[0].at, "", "widget %s: an alert judges a number; %s is none", w.ID, m.Name)
		}
	}
	b.alertTimes(w, a)
	b.alertBounds(w, v, a)
	b.alertColumns(w, v, a)
}

// alertTimes completes the window, the baseline and their buckets.
func (b *builder) alertTimes(w *Widget, a *value) {
	r := &w.Alert.Rule
	switch r.Kind {
	case alert.Spike:
		r.Bucket, r.Baseline = or(r.Bucket, time.Hour), or(r.Baseline, 7*24*time.Hour)
	case alert.Trend:
		r.Bucket, r.Baseline = r.Window, or(r.Baseline, 7*r.Window)
	case alert.Threshold, alert.Rows, alert.Summary:
		r.Bucket = r.Window
	}
	if r.Kind == alert.Spike || r.Kind == alert.Trend {
		r.K = 3
		if k := a.get("k"); k != nil {
			r.K = k.float()
		}
	}
	n := r.Buckets()
	switch at := a.get("window"); {
	case r.Window < time.Minute || r.Bucket < time.Minute:
		b.faults.add(at.at, "", "widget %s: windows and buckets are of a minute at least", w.ID)
	case r.Bucket < shortest(w.Dataset.SmallestGrain):
		b.faults.add(at.at, "judge "+string(w.Dataset.SmallestGrain)+"s or longer", "widget %s: %s is finer than dataset %s has data: its smallest_time_grain is %s",
			w.ID, alert.Span(r.Bucket, "en"), w.Dataset.Name, w.Dataset.SmallestGrain)
	case r.Window%r.Bucket != 0 || r.Baseline%r.Bucket != 0:
		b.faults.add(at.at, "", "widget %s: window and baseline are whole numbers of buckets of %s", w.ID, alert.Span(r.Bucket, "en"))
	case r.Window+r.Baseline > longestAlert || n+int(r.Window/r.Bucket) > maxAlertBuckets:
		b.faults.add(at.at, "", "widget %s: window and baseline are a year, or %d buckets, at most", w.ID, maxAlertBuckets)
	case r.Kind == alert.Trend && n > maxTrendBuckets:
		b.faults.add(at.at, "", "widget %s: the baseline of a trend has at most %d windows, not %d", w.ID, maxTrendBuckets, n)
	case r.MinHistory > n:
		b.faults.add(a.get("min_history").at, "", "widget %s: the baseline has %d buckets, and min_history is more", w.ID, n)
	case (r.Kind == alert.Spike || r.Kind == alert.Trend) && n < fewestBuckets:
		b.faults.add(at.at, "", "widget %s: a baseline of %d buckets has no deviation", w.ID, n)
	}
	if r.MinHistory == 0 && (r.Kind == alert.Spike || r.Kind == alert.Trend) {
		r.MinHistory = max(fewestBuckets, n/2)
	}
}

// shortest is how long a unit of time lasts at the least; clocks that are put forward do not count.
func shortest(g Grain) time.Duration {
	const day = 24 * time.Hour
	return map[Grain]time.Duration{Minute: time.Minute, Hour: time.Hour, Day: day, Week: 7 * day, Month: 28 * day, Quarter: 90 * day, Year: 365 * day}[g]
}

// alertBounds sees that a rule has what it compares with.
func (b *builder) alertBounds(w *Widget, v, a *value) {
	r := &w.Alert.Rule
	least, most := a.wrote("at_least"), a.wrote("at_most")
	switch {
	case r.Kind == alert.Threshold && least == most:
		b.faults.add(a.at, "", "widget %s: a threshold is either at_least or at_most", w.ID)
	case r.Kind == alert.Rows && least != a.wrote("column"):
		b.faults.add(a.at, "", "widget %s: column and at_least go together", w.ID)
	case r.Kind == alert.Trend && !w.Alert.Terms && !v.wrote("dimension"):
		b.faults.add(v.at, "", "widget %s: a trend is of the values of a dimension", w.ID)
	}
}

// alertColumns finds the dimensions that a rule names.
func (b *builder) alertColumns(w *Widget, v, a *value) {
	al := w.Alert
	al.Evidence = b.condition(a.get("evidence"), "evidence", w.Dataset)
	if d := b.alertDimension(w, a.get("column")); d != nil {
		if al.Column = d; d.Field.Type != query.Int && d.Field.Type != query.Float || d.Field.Multi || d.Part != "" {
			b.faults.add(a.get("column").at, "", "widget %s: a bound needs a dimension that is a number; %s is none", w.ID, d.Name)
		}
	}
	if d := b.alertDimension(w, a.get("key")); d != nil {
		if al.Key = d; al.Terms || !slices.Contains(w.Dimensions, d) {
			b.faults.add(a.get("key").at, "list it in dimensions", "widget %s: the key is a column of the evidence", w.ID)
		}
	}
	if s := v.get("sort"); s != nil && al.Terms {
		b.faults.add(s.at, "", "widget %s: sort goes with dimensions, the columns of rows", w.ID)
	}
	if top := v.get("top"); top != nil && !al.Terms {
		b.faults.add(top.at, "say page_size", "widget %s: top goes with dimension, the values of which are shown", w.ID)
	}
	if o := a.get("open"); o != nil {
		al.Open = &Open{Page: o.get("page").str(""), Parameter: o.get("parameter").str(""), Dimension: o.get("dimension").str("")}
		if name := o.get("dimension"); name != nil && !slices.ContainsFunc(w.Dimensions, func(d *Dimension) bool { return d.Name == name.text }) {
			b.faults.add(name.at, "list it in dimensions", "widget %s: %s is no column of the evidence", w.ID, name.text)
		}
	}
}

func (b *builder) alertDimension(w *Widget, v *value) *Dimension {
	if v == nil {
		return nil
	}
	d := w.Dataset.Dimensions[v.text]
	switch {
	case d == nil:
		b.unknown(v, "dimension", v.text, sortedKeys(w.Dataset.Dimensions))
	case d.Mask:
		b.faults.add(v.at, "", "widget %s: %s is masked", w.ID, d.Name)
		return nil
	}
	return d
}

// opens sees that the pages that alerts open are there, once all pages are known.
func (b *builder) opens(e entry) {
	page := b.cat.Pages[pageKey(e).String()]
	for _, x := range e.val.get("widgets").entries() {
		w, ok := page.Widget(x.name)
		if !ok || w.Alert == nil || w.Alert.Open == nil {
			continue
		}
		o, at := w.Alert.Open, x.val.get("alert").get("open")
		target := b.cat.Pages[o.Page]
		switch {
		case o.Page == "" || o.Parameter == "":
		case target == nil:
			b.unknown(at.get("page"), "page", o.Page, sortedKeys(b.cat.Pages))
		case !slices.ContainsFunc(target.Parameters, func(p PageParameter) bool { return p.Name == o.Parameter }):
			b.faults.add(at.get("parameter").at, "", "page %s has no parameter %q", o.Page, o.Parameter)
		}
	}
}

func duration(v *value) time.Duration {
	d, err := time.ParseDuration(v.str("0s"))
	if err != nil {
		return 0 // reported already
	}
	return d
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

func optional(v *value) *float64 {
	if v == nil {
		return nil
	}
	f := v.float()
	return &f
}
