package format

import (
	"cmp"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/statistic"
)

// key is a term of a keyness.
type key struct {
	term         any
	focus, other statistic.Rows
	g2           float64
	ratio        any
	over         bool
}

// keyness is a row a term, the one first by which the asked rows differ most from the others: the log-likelihood, how many times as common it is (as a binary
// logarithm), whether it is over- or under-used, and the counts and shares of both sides, whose totals are those of all rows.
func keyness(t *table) error {
	w := t.in.Widget
	keys, err := t.keyTerms()
	if err != nil {
		return err
	}
	t.empty = len(keys) == 0
	d, m := w.Spec.Dimensions[0], w.Spec.Measures[0]
	c, err := t.main().Column(d.Name)
	if err != nil {
		return err
	}
	each := func(f Field, value func(*key) any) {
		out := make([]any, len(keys))
		for i := range keys {
			out[i] = cell(value(&keys[i]))
		}
		t.add(f, out)
	}
	one, two := 1, 2
	each(t.dimensionField(d, c.Field.Kind), func(k *key) any { return k.term })
	each(Field{Name: catalog.ColumnKeyness, Type: "number", Role: roleMeasure, Config: Config{
		DisplayName: t.say("Log-likelihood", "لوغاريتم الأرجحية"), Decimals: &one,
		Description: "G² of the term in the rows asked for against the other rows; above 10.83 chance alone gives it to one term in a thousand.",
	}}, func(k *key) any { return k.g2 })
	each(Field{Name: catalog.ColumnLogRatio, Type: "number", Role: roleMeasure, Config: Config{
		DisplayName: t.say("Log ratio", "لوغاريتم النسبة"), Decimals: &two,
		Description: "Binary logarithm of the share here divided by the share elsewhere: 1 is twice as common, 2 four times.",
	}}, func(k *key) any { return k.ratio })
	each(t.note(catalog.ColumnUse, t.say("Use", "الاستخدام"), t.codes(map[string][2]string{
		string(catalog.Over): {"More common", "أكثر شيوعًا"}, string(catalog.Under): {"Less common", "أقل شيوعًا"},
	})), func(k *key) any {
		if k.over {
			return string(catalog.Over)
		}
		return string(catalog.Under)
	})
	elsewhere := t.say(" (elsewhere)", " (في غيرها)")
	here := t.measureField(m)
	here.Kind = frame.Int
	there := here
	there.Name += catalog.BackgroundSuffix
	there.Config.DisplayName += elsewhere
	each(here, func(k *key) any { return int64(k.focus.With) })
	each(there, func(k *key) any { return int64(k.other.With) })
	for _, side := range []struct {
		of   Field
		rows func(*key) statistic.Rows
	}{{here, func(k *key) statistic.Rows { return k.focus }}, {there, func(k *key) statistic.Rows { return k.other }}} {
		f := side.of
		f.Name, f.Role = f.Name+catalog.ShareSuffix, roleShare
		f.Config.DisplayName += said(roleShare, w.Language)
		f.Config.Description, f.Config.Unit, f.Config.Decimals, f.Kind = "", "percentunit", nil, frame.Float
		each(f, func(k *key) any { r := side.rows(k); return r.With / r.All })
	}
	if !w.Comparison.From.IsZero() {
		t.data.notice("info", "background", noticeBackground)
	}
	return t.cut(w.Steps[0].Query.Order[0].Name)
}

// keyTerms returns the terms that are shown. Where one of the sides has no rows there are none, for there is nothing to compare.
func (t *table) keyTerms() (out []key, err error) {
	w, f := t.in.Widget, t.main()
	term, err := f.Column(w.Spec.Dimensions[0].Name)
	if err != nil {
		return nil, err
	}
	totals := t.in.Results[plan.Total].Frame
	focus, other, err := sides(f)
	if err != nil {
		return nil, err
	}
	allFocus, allOther, err := sides(totals)
	if err != nil || totals.Rows() == 0 {
		return nil, err
	}
	k := key{}
	k.focus.All, _ = allFocus.Float(0)
	k.other.All, _ = allOther.Float(0)
	for row := range f.Rows() {
		k.term = term.Value(row)
		if slices.ContainsFunc(w.Sought, func(s plan.Sought) bool { return s.Finds(k.term) }) {
			continue
		}
		k.focus.With, _ = focus.Float(row)
		k.other.With, _ = other.Float(row)
		if k.judge(w.Spec) {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b key) int { return cmp.Compare(b.g2, a.g2) })
	return out[:min(len(out), w.Spec.Top)], nil
}

// judge compares a term, and says whether it is shown: it has its minimum of rows on the side where it is common, which is the one that is asked for.
func (k *key) judge(spec *catalog.Widget) bool {
	var ok bool
	if k.g2, ok = statistic.LogLikelihood(k.focus, k.other); !ok || k.term == nil {
		return false
	}
	k.ratio = nil
	if ratio, ok := statistic.LogRatio(k.focus, k.other); ok {
		k.ratio = ratio
	}
	here, there := k.focus.With/k.focus.All, k.other.With/k.other.All
	k.over = here > there
	least := float64(spec.Minimum)
	over := spec.Direction != catalog.Under && k.over && k.focus.With >= least
	under := spec.Direction != catalog.Over && here < there && k.other.With >= least
	return over || under
}

// sides returns the counts of both sides.
func sides(f *frame.Frame) (focus, other frame.Column, err error) {
	if focus, err = f.Column(plan.ColumnObserved); err != nil {
		return focus, other, err
	}
	other, err = f.Column(plan.ColumnBackground)
	return focus, other, err
}
