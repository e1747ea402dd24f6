package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Bounds of pages: the rows of one that a request asks for, unless the catalog's are more, and the number of one.
const (
	maxPageSize = 1000
	maxPage     = 1_000_000
)

// pages says whether a widget is read page by page.
func (r *request) pages(spec *catalog.Widget) bool {
	return (spec.Kind == catalog.Table || spec.Kind == catalog.Feed) && !r.Exports()
}

// paged asks for one page of rows; for an export, all that the dataset allows, and how many there are.
func (r *request) paged(w *Widget, base *query.Query) error {
	base.Total = w.Spec.Total
	w.PageSize = min(w.Spec.PageSize, w.Spec.Dataset.Limits.Rows)
	w.Steps = []Step{{Role: Main, Source: w.Spec.Dataset.Source.Name, Query: base}}
	if r.Exports() {
		w.Page, w.PageSize, base.Total = 1, w.Spec.Dataset.Limits.Rows, true
		base.Limit = w.PageSize
		return nil
	}
	if err := r.sized(w); err != nil {
		return alone(err)
	}
	if err := r.sorted(w, base); err != nil {
		return alone(err)
	}
	base.Offset = r.offset + (w.Page-1)*w.PageSize
	if err := r.resume(w, base); err != nil {
		return alone(err)
	}
	base.Limit = w.PageSize + 1
	base.MaxRows = max(base.MaxRows, base.Limit) // the one more is not shown
	return nil
}

// key reads a key of the request's about pages, unless it means something else to the widget: a parameter of its page or its dataset.
func (r *request) key(w *catalog.Widget, name string) (any, error) {
	if _, own := w.Dataset.Parameters[name]; own || slices.ContainsFunc(r.page.Parameters, func(p catalog.PageParameter) bool { return p.Name == name }) {
		return nil, nil //nolint:nilnil // not sent
	}
	return r.given(name)
}

// sized gives the page the size that the request asks for, within bounds.
func (r *request) sized(w *Widget) error {
	if r.limited {
		return nil
	}
	for _, name := range []string{"page_size", "limit"} {
		given, err := r.key(w.Spec, name)
		if err != nil {
			return err
		}
		if given == nil || given == "" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(given)))
		if err != nil || n < 0 {
			return reject(models.ReasonBadValue, "%s: %s is no number of rows", name, shown(given))
		}
		if n == 0 {
			continue // as forms send a field that nobody filled in
		}
		if most := min(max(maxPageSize, w.Spec.PageSize), w.Spec.Dataset.Limits.Rows); n > most {
			w.note("page_size", fmt.Sprintf("A page has at most %d rows.", most))
			n = most
		}
		w.PageSize = n
		return nil
	}
	return nil
}
