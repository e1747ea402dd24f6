package format

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// since are the columns that a feed with gaps adds; none for another feed.
type since struct {
	fields []Field
	values [][]any
}

func (s *since) add(t *table) {
	for i, f := range s.fields {
		t.add(f, s.values[i][:t.rows()])
	}
}

// gaps tells the seconds since the row before, and whom a row replies to: who wrote the row before, if that was somebody else. The first row of the range, and the first of
// each value that is apart, has neither. The last row of the page before, which stands in front of a page that is not the first, is taken out.
func (t *table) gaps() (*since, error) {
	w, f := t.in.Widget, t.main()
	g := w.Spec.Gaps
	if g == nil {
		return &since{}, nil
	}
	clock, err := f.Column(w.Spec.Clock().Name)
	if err != nil {
		return nil, err
	}
	by, kind, err := t.valuesOf(g.By)
	if err != nil {
		return nil, err
	}
	within, _, err := t.valuesOf(g.Within)
	if err != nil {
		return nil, err
	}
	gap, replies := make([]any, f.Rows()), make([]any, f.Rows())
	for i := 1; i < f.Rows() && !w.Gapless; i++ {
		now, ok := clock.Value(i).(time.Time)
		before, also := clock.Value(i - 1).(time.Time)
		if !ok || !also || within(i) != within(i-1) {
			continue
		}
		gap[i] = now.Sub(before).Seconds()
		if by(i) != by(i-1) {
			replies[i] = by(i - 1)
		}
	}
	out := &since{}
	out.fields = append(out.fields, Field{Name: catalog.ColumnGap, Type: "number", Role: roleNote, Kind: frame.Float, Config: Config{DisplayName: t.say("Gap", "الفاصل"), Unit: "s"}})
	out.values = append(out.values, gap)
	if g.By != nil {
		out.fields = append(out.fields, Field{Name: catalog.ColumnRepliesTo, Type: jsonType(kind), Role: roleNote, Kind: kind, Config: Config{DisplayName: t.say("Replies to", "رد على")}})
		out.values = append(out.values, replies)
	}
	if w.Lead && f.Rows() > 0 {
		t.withoutLead(out)
	}
	return out, nil
}

// withoutLead takes the first row out of all that is shown.
func (t *table) withoutLead(s *since) {
	r := *t.in.Results[plan.Main]
	r.Frame = r.Frame.Slice(1, r.Frame.Rows())
	t.in.Results[plan.Main] = &r
	for name, l := range t.in.Links {
		if len(l.URLs) > 0 {
			l.URLs = l.URLs[1:]
			t.in.Links[name] = l
		}
	}
	for i := range s.values {
		s.values[i] = s.values[i][1:]
	}
}

// valuesOf are a dimension's values by row, in the main frame as it is now; nulls for none.
func (t *table) valuesOf(d *catalog.Dimension) (func(int) any, frame.Kind, error) {
	if d == nil {
		return func(int) any { return nil }, "", nil
	}
	c, err := t.main().Column(d.Name)
	return c.Value, c.Field.Kind, err
}
