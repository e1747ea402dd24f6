package format

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

// Why a trend's score is not just (current − mean) / deviation.
const (
	reasonNew     = "new"     // the term was never there before; its deviation of 0 counts as the least one
	reasonFloor   = "floor"   // its deviation was below the least one, which took its place
	reasonHistory = "history" // there is too little history for a score
)

// risen is a term of a trend.
type risen struct {
	row     int // in the main frame
	term    any
	current float64
	trend   statistic.Trend
	scored  bool
	reason  any
}

// trend is a row a term, the one that rises most first: its score, its count in the last window and in each window before, the mean and the deviation that the
// score is made of, when it was first and last seen in all windows, and a sample. Terms with fewer rows than the minimum are left out.
func trend(t *table) error {
	w := t.in.Widget
	terms, history, err := t.risen()
	if err != nil {
		return err
	}
	t.empty = len(terms) == 0
	d := w.Spec.Dimensions[0]
	c, err := t.main().Column(d.Name)
	if err != nil {
		return err
	}
	each := func(value func(*risen) any) []any {
		out := make([]any, len(terms))
		for i := range terms {
			out[i] = cell(value(&terms[i]))
		}
		return out
	}
	t.add(t.dimensionField(d, c.Field.Kind), each(func(r *risen) any { return r.term }))
	two := 2
	score := Config{DisplayName: t.say("Trend score", "درجة الصعود"), Decimals: &two,
		Description: "The count of the last window less the mean of the windows before, divided by their standard deviation, which counts as at least 1."}
	t.add(Field{Name: catalog.ColumnScore, Type: "number", Role: roleMeasure, Config: score}, each(func(r *risen) any {
		if !r.scored {
			return nil
		}
		return r.trend.Score
	}))
	if err := t.current(terms); err != nil {
		return err
	}
	of := func(name string, config Config, value func(*risen) any) {
		t.add(Field{Name: name, Type: "number", Role: roleMeasure, Config: config}, each(value))
	}
	known := func(value float64) any {
		if history == 0 {
			return nil
		}
		return value
	}
	of(catalog.ColumnMean, Config{DisplayName: t.say("Mean before", "المتوسط السابق"), Decimals: &two}, func(r *risen) any { return known(r.trend.Mean) })
	of(catalog.ColumnDeviation, Config{DisplayName: t.say("Deviation before", "الانحراف السابق"), Decimals: &two}, func(r *risen) any { return known(r.trend.Deviation) })
	t.add(t.note(catalog.ColumnReason, t.say("Reason", "السبب"), t.reasons()), each(func(r *risen) any { return r.reason }))
	if err := t.windows(terms); err != nil {
		return err
	}
	if err := t.sampled(terms); err != nil {
		return err
	}
	if history < statistic.MinHistory && !t.empty {
		t.data.notice("warning", "short_history", noticeShort, history, statistic.MinHistory)
	}
	return t.cut(plan.WindowColumn(len(w.Windows) - 1))
}

// risen scores the terms and returns those that are shown, in their order, and how many windows of history they have: those before the first row of all
// are none.
func (t *table) risen() (terms []risen, history int, err error) {
	w, f := t.in.Widget, t.main()
	term, err := f.Column(w.Spec.Dimensions[0].Name)
	if err != nil {
		return nil, 0, err
	}
	first, err := f.Column(catalog.ColumnFirstSeen)
	if err != nil {
		return nil, 0, err
	}
	counts := make([]frame.Column, len(w.Windows))
	for i := range counts {
		if counts[i], err = f.Column(plan.WindowColumn(i)); err != nil {
			return nil, 0, err
		}
	}
	last := len(w.Windows) - 1
	begin := last
	for row := range f.Rows() {
		if at, ok := first.Value(row).(time.Time); ok {
			begin = min(begin, slices.IndexFunc(w.Windows, func(r query.Range) bool { return at.Before(r.To) }))
		}
	}
	begin = max(begin, 0)
	for row := range f.Rows() {
		current, ok := counts[last].Float(row)
		if !ok || current < float64(w.Spec.Minimum) || term.Null(row) {
			continue
		}
		before := make([]float64, 0, last)
		for i := begin; i < last; i++ {
			n, _ := counts[i].Float(row)
			before = append(before, n)
		}
		terms = append(terms, score(risen{row: row, term: term.Value(row), current: current}, before))
	}
	slices.SortStableFunc(terms, func(a, b risen) int { // rows come by their count, then by the term
		return cmp.Or(cmp.Compare(b.trend.Score, a.trend.Score), cmp.Compare(b.current, a.current))
	})
	return terms[:min(len(terms), w.Spec.Top)], last - begin, nil
}

func score(r risen, before []float64) risen {
	r.trend, r.scored = statistic.TrendOf(r.current, before)
	switch {
	case !r.scored:
		r.reason, r.trend.Score = reasonHistory, 0
	case r.trend.Floored && slices.Max(before) == 0:
		r.reason = reasonNew
	case r.trend.Floored:
		r.reason = reasonFloor
	}
	return r
}

// current adds the widget's measures over the last window; the first is the count that is scored.
func (t *table) current(terms []risen) error {
	w := t.in.Widget
	for i, m := range w.Spec.Measures {
		name := m.Name
		if i == 0 {
			name = plan.WindowColumn(len(w.Windows) - 1)
		}
		values, err := t.at(name, terms)
		if err != nil {
			return err
		}
		f := t.measureField(m)
		if i == 0 {
			f.Kind = frame.Int
		}
		t.add(f, values)
	}
	return nil
}

// windows adds a column a window, the oldest first, and when a term was first and last seen.
func (t *table) windows(terms []risen) error {
	w := t.in.Widget
	for i, r := range w.Windows {
		values, err := t.at(plan.WindowColumn(i), terms)
		if err != nil {
			return err
		}
		at := r.From.In(query.Location(w.Zone)).Format(time.DateOnly)
		if w.Spec.Trend.Window == catalog.Hour {
			at = r.From.In(query.Location(w.Zone)).Format("2006-01-02 15:04")
		}
		t.add(Field{Name: plan.WindowColumn(i), Type: "number", Role: roleWindow, Config: Config{DisplayName: at}, Kind: frame.Int}, values)
	}
	for _, seen := range []struct{ name, title string }{
		{catalog.ColumnFirstSeen, t.say("First seen", "أول ظهور")}, {catalog.ColumnLastSeen, t.say("Last seen", "آخر ظهور")},
	} {
		values, err := t.at(seen.name, terms)
		if err != nil {
			return err
		}
		t.add(Field{Name: seen.name, Type: "time", Role: roleNote, Config: Config{DisplayName: seen.title}}, values)
	}
	return nil
}

// at returns a column of the main frame by the terms.
func (t *table) at(name string, terms []risen) ([]any, error) {
	c, err := t.main().Column(name)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(terms))
	for i := range terms {
		out[i] = cell(c.Value(terms[i].row))
	}
	return out, nil
}

// cut says so where terms may be missing that have the minimum of rows: not all were looked at.
func (t *table) cut(by string) error {
	f, w := t.main(), t.in.Widget
	q := w.Steps[0].Query
	c, err := f.Column(by)
	if err != nil {
		return err
	}
	if least := math.Max(1, float64(w.Spec.Minimum)); f.Rows() >= q.Limit && f.Rows() > 0 {
		if n, ok := c.Float(f.Rows() - 1); ok && n >= least {
			t.data.notice("warning", "terms_cut", noticeTerms, f.Rows())
		}
	}
	return nil
}

// note is a column of what a reader is told beside the numbers.
func (t *table) note(name, title string, words []Mapping) Field {
	return Field{Name: name, Type: "string", Role: roleNote, Config: Config{DisplayName: title, Mappings: words}}
}

// say returns a text in the reader's language.
func (t *table) say(english, arabic string) string {
	if t.in.Widget.Language == "ar" {
		return arabic
	}
	return english
}
