package format

import "github.com/go-dispatcher/dispatcher/internal/query"

// rows is a table: groups with their measures, sorted and paged by the store.
func rows(t *table) error {
	if err := t.dimensions(); err != nil {
		return err
	}
	for _, m := range t.in.Widget.Spec.Measures {
		c, err := t.main().Column(m.Name)
		if err != nil {
			return err
		}
		t.add(t.measureField(m), column(c))
	}
	t.paging()
	return nil
}

// feed is single rows, the newest first.
func feed(t *table) error {
	if err := t.dimensions(); err != nil {
		return err
	}
	t.paging()
	return nil
}

// dimensions adds the widget's dimensions as the store returned them.
func (t *table) dimensions() error {
	f := t.main()
	t.empty = f.Rows() == 0
	for _, d := range t.in.Widget.Spec.Dimensions {
		c, err := f.Column(d.Name)
		if err != nil {
			return err
		}
		t.add(t.dimensionField(d, c.Field.Kind), column(c))
	}
	return nil
}

// paging says which page this is. The total is only known where the widget asks for it and the page has rows.
func (t *table) paging() {
	w := t.in.Widget
	t.data.Paging = &Paging{Page: w.Page, PageSize: w.PageSize}
	if c, err := t.main().Column(query.ColumnTotal); err == nil && c.Len() > 0 {
		if n, ok := c.Int(0); ok {
			t.data.Paging.Total = &n
		}
	}
}
