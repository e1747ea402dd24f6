package engine

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// links signs URLs for the keys in a table's or feed's rows. A key that may not be handed out, or cannot be, has none; that is no failure of the widget.
func (t task) links(ctx context.Context, e *Engine) (map[string]format.Links, error) {
	w := t.widget
	if w.Spec == nil || w.Kind != catalog.Table && w.Kind != catalog.Feed && w.Kind != catalog.AlertKind {
		return nil, nil //nolint:nilnil // most widgets have no links
	}
	var out map[string]format.Links
	for _, d := range w.Spec.Dimensions {
		if d.Link == nil {
			continue
		}
		made, err := t.linksOf(ctx, e, d)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = make(map[string]format.Links)
		}
		out[d.Name] = made
	}
	return out, nil
}

func (t task) linksOf(ctx context.Context, e *Engine, d *catalog.Dimension) (format.Links, error) {
	var main *source.Result
	var prefix string
	for i, step := range t.widget.Steps {
		if step.Role == t.widget.Rows() {
			main = t.results[i]
			prefix = prefixOf(d.Link, step)
		}
	}
	if main == nil {
		return format.Links{}, nil
	}
	column, err := main.Frame.Column(d.Name)
	if err != nil {
		return format.Links{}, err
	}
	out := format.Links{URLs: make([]string, column.Len())}
	linker := source.AbilitiesOf(e.Sources[d.Link.Source]).Linker
	for i := range out.URLs {
		key, ok := column.Value(i).(string)
		if !ok || key == "" {
			continue // no key, no link
		}
		if prefix == notPrefix || !strings.HasPrefix(key, prefix) || linker == nil {
			out.Refused++
			continue
		}
		if out.URLs[i], err = linker.Link(ctx, key, d.Link.Valid); err != nil {
			if ctx.Err() != nil {
				return format.Links{}, fmt.Errorf("engine: link: %w", err)
			}
			out.URLs[i] = ""
			out.Refused++
		}
	}
	return out, nil
}

// notPrefix is a prefix that no key has.
const notPrefix = "\x00"

// prefixOf returns what keys must begin with: for the tenant that the rows were restricted to. A tenant whose name is no part of a path has no objects.
func prefixOf(l *catalog.Link, step plan.Step) string {
	const mark = "{tenant}"
	if !strings.Contains(l.Prefix, mark) {
		return l.Prefix
	}
	if step.Query == nil || step.Query.Tenant == nil || len(step.Query.Tenant.Values) != 1 {
		return notPrefix
	}
	name := fmt.Sprint(step.Query.Tenant.Values[0])
	if !partOfPath(name) {
		return notPrefix
	}
	return strings.ReplaceAll(l.Prefix, mark, name)
}

// partOfPath says whether a name can stand in a path and lead nowhere else.
func partOfPath(name string) bool {
	ok, err := regexp.MatchString(`^[A-Za-z0-9_.:@-]{1,128}$`, name)
	return ok && err == nil && strings.Trim(name, ".") != ""
}
