package format

import (
	"path"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// rows is a table: groups with their measures, sorted and paged by the store.
func rows(t *table) error {
	if err := t.dimensions(); err != nil {
		return err
	}
	for _, m := range t.in.Widget.Spec.Columns() {
		c, err := t.main().Column(m.Name)
		if err != nil {
			return err
		}
		t.add(t.measureField(m), column(c)[:t.rows()])
	}
	return t.paging()
}

// feed is single rows, the newest first.
func feed(t *table) error {
	since, err := t.gaps()
	if err != nil {
		return err
	}
	if err := t.dimensions(); err != nil {
		return err
	}
	since.add(t)
	return t.paging()
}

// rows is how many rows are shown: of a page, for which one more was asked for, to know whether there is another one.
func (t *table) rows() int {
	if n := t.main().Rows(); t.in.Widget.PageSize == 0 || n < t.in.Widget.PageSize {
		return n
	}
	return t.in.Widget.PageSize
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
		if d.Link != nil {
			t.linked(d, column(c)[:t.rows()])
			continue
		}
		values := column(c)[:t.rows()]
		if d.Mask {
			values = mask(values)
		}
		field := t.dimensionField(d, c.Field.Kind)
		if d.Field.Multi && !t.ofGroups() {
			field.Kind, values = frame.Strings, lists(values)
		}
		t.add(field, values)
	}
	return nil
}

// ofGroups says that rows are groups, each of which has one of a list's values.
func (t *table) ofGroups() bool {
	w := t.in.Widget
	return w.Kind == catalog.Table || w.Kind == catalog.AlertKind && w.Spec.Alert.Terms
}

// linked adds the names of objects, and beside them a column of the URLs that read them. Keys are not shown: they say where a tenant's objects are.
func (t *table) linked(d *catalog.Dimension, keys []any) {
	links := t.in.Links[d.Name]
	names, urls := make([]any, len(keys)), make([]any, len(keys))
	for i, key := range keys {
		text, ok := key.(string)
		if i >= len(links.URLs) || links.URLs[i] == "" || !ok {
			continue
		}
		names[i], urls[i] = path.Base(text), links.URLs[i]
	}
	column := d.Name + catalog.LinkSuffix
	named := t.dimensionField(d, frame.String)
	named.Config.Links = []Link{{Title: named.Config.DisplayName, URL: "${__data.fields." + column + "}"}}
	t.add(named, names)
	t.add(Field{Name: column, Type: jsonType(frame.String), Role: roleLink, Config: Config{DisplayName: named.Config.DisplayName}}, urls)
	if links.Refused > 0 {
		t.data.notice("warning", "link_refused", noticeRefused, links.Refused, d.Name)
	}
}

// paging says which page this is, and what asks for the next one. The total is only known where the widget asks for it and its first page has rows.
func (t *table) paging() error {
	w := t.in.Widget
	t.data.Paging = &Paging{Page: w.Page, PageSize: w.PageSize}
	if c, err := t.main().Column(query.ColumnTotal); err == nil && c.Len() > 0 {
		if n, ok := c.Int(0); ok {
			t.data.Paging.Total = &n
		}
	}
	if w.Cursor == nil {
		return nil
	}
	if t.data.Paging.Total == nil {
		t.data.Paging.Total = w.Cursor.Total()
	}
	if t.main().Rows() <= t.rows() {
		return nil
	}
	next, err := w.Cursor.Next(t.main(), t.rows(), t.data.Paging.Total)
	t.data.Paging.NextCursor = &next
	return err
}
