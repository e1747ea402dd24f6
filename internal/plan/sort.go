package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// maxSorts bounds the columns that a request sorts by.
const maxSorts = 8

// sorted puts the order that the request asks for before that of the catalog, which then decides among equals. A widget that the request
// describes may have its own.
func (r *request) sorted(w *Widget, base *query.Query) error {
	if r.ordered {
		return nil
	}
	asked, err := r.sorts(w.Spec)
	if err != nil || len(asked) == 0 {
		return err
	}
	var out []query.Order
	add := func(o query.Order) {
		if !slices.ContainsFunc(out, func(have query.Order) bool { return have.Name == o.Name }) {
			out = append(out, o)
		}
	}
	for _, o := range asked {
		add(o)
	}
	for _, o := range base.Order {
		add(o)
	}
	base.Order = out
	return nil
}

// sorts reads sort ("-likes", a list of such, {"likes": "desc"}), or sort_by with order.
func (r *request) sorts(w *catalog.Widget) (out []query.Order, err error) {
	var given [3]any
	for i, name := range []string{"sort", "sort_by", "order"} {
		if given[i], err = r.key(w, name); err != nil {
			return nil, err
		}
	}
	by, direction := given[0], given[2]
	switch _, isText := direction.(string); {
	case by == nil || by == "":
		if by = given[1]; (by == nil || by == "") && !isText {
			by, direction = direction, nil // Cube's order
		}
	case !isText:
		direction = nil
	}
	asked := listOf(by)
	if len(asked) > maxSorts {
		return nil, reject(models.ReasonBadValue, "sort names more than %d columns", maxSorts)
	}
	for _, x := range asked {
		if x == "" {
			continue
		}
		o, err := sortable(w, x, direction, given[0] == nil || given[0] == "")
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// sortable reads one column with its direction: its own, or the one beside it. By says that it came without: the most, or the newest, come first then, and
// texts by the alphabet.
func sortable(w *catalog.Widget, x, beside any, by bool) (o query.Order, err error) {
	name, ok := x.(string)
	direction, _ := beside.(string)
	if object, isObject := x.(map[string]any); isObject && len(object) == 1 {
		for key, v := range object {
			name = key
			if direction, ok = v.(string); !ok {
				direction = "?"
			}
		}
		ok = true
	}
	if !ok {
		return o, reject(models.ReasonBadValue, `sort is a column, as in "-likes", or a list of them`)
	}
	name = strings.TrimSpace(name)
	if before, after, found := strings.Cut(strings.Replace(name, ":", " ", 1), " "); found {
		name, direction = before, strings.TrimSpace(after)
	}
	plain := strings.TrimLeft(name, "+-")
	if o.Desc = strings.HasPrefix(name, "-"); plain != name {
		by, direction = false, "" // the sign says it
	}
	name = strings.TrimPrefix(plain, w.Dataset.Name+".")
	if o.Name, ok = w.Sortable[name]; !ok {
		return o, reject(models.ReasonUnknownMember, "sort: unknown column %s%s", strconv.Quote(clip(name)), suggestion(name, slices.Collect(maps.Keys(w.Sortable))))
	}
	switch strings.ToLower(direction) {
	case "asc", "ascending":
		o.Desc = false
	case "desc", "descending":
		o.Desc = true
	case "":
		if by {
			i := slices.IndexFunc(w.Dimensions, func(d *catalog.Dimension) bool { return d.Name == o.Name })
			o.Desc = i < 0 || w.Dimensions[i].Field.Type != query.String
		}
	default:
		return o, reject(models.ReasonBadValue, "sort: the order of %s is asc or desc, not %s", o.Name, strconv.Quote(clip(direction)))
	}
	return o, nil
}
