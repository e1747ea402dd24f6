package catalog

import (
	"slices"
	"strings"
)

// paging says limit and offset as the kind has them.
func (d *describer) paging(kind Kind) {
	limit, offset := d.sent.get("limit"), d.sent.get("offset")
	switch kind {
	case Table, Feed:
		d.made.Limited, d.made.Offset = limit != nil, offset.int(0)
		d.put("page_size", limit)
		return
	case Breakdown, Timeseries:
		if limit != nil && d.sent.get("top") != nil {
			d.faults.add(limit.at, "keep one of them", "limit and top are the same for a %s", kind)
		} else {
			d.put("top", limit)
		}
	default:
		d.put("limit", limit) // which does not go with it
	}
	d.put("offset", offset)
}

// order reads [["posts", "desc"]], {"posts": "desc"}, ["-posts"], or one of these names.
func (d *describer) order(kind Kind) *value {
	v := d.sent.get("order")
	if v == nil {
		return nil
	}
	out := &value{at: v.at, kind: list}
	for _, e := range v.entries() {
		d.ordered(out, &value{at: e.at, kind: text, text: e.name}, e.val, kind)
	}
	if v.kind != mapping {
		for _, x := range v.all() {
			switch {
			case x.kind == text:
				d.ordered(out, x, nil, kind)
			case x.kind == list && len(x.items) == 2:
				d.ordered(out, x.items[0], x.items[1], kind)
			case x.kind == mapping && len(x.keys) > 0: // [{"id": "posts", "desc": true}]
				d.ordered(out, x.get("id"), x.get("desc"), kind)
			default:
				d.ordered(out, nil, x, kind)
			}
		}
	}
	if len(out.items) == 0 {
		return nil
	}
	return out
}

// ordered adds one member to the order. A series is in the order of its time, which it may say.
func (d *describer) ordered(out, x, direction *value, kind Kind) {
	const hint = `for example {"posts": "desc"} or ["-posts"]`
	if x == nil || x.kind != text {
		d.faults.add(d.sent.get("order").at, hint, "order names members with asc or desc")
		return
	}
	name, desc := strings.CutPrefix(x.text, "-")
	switch word := strings.ToLower(direction.str("asc")); {
	case word == "desc", direction != nil && direction.kind == boolean && direction.yes:
		desc = !desc
	case word != "asc" && word != "none" && (direction == nil || direction.kind != boolean):
		d.faults.add(direction.at, hint, "order is asc or desc, not %q", clip(word))
		return
	}
	if !memberRE.MatchString(name) {
		d.faults.add(x.at, hint, "order names members with asc or desc")
		return
	}
	plain := *x
	plain.text = name
	m := d.member(&plain)
	if m == nil {
		return
	}
	if dim := d.dataset.Dimensions[m.text]; kind == Timeseries && !desc && d.dataset.Time != nil &&
		(m.text == d.dataset.Time.Column || dim != nil && dim.Field.Column == d.dataset.Time.Column) {
		return
	}
	named := *m
	if named.text = m.text; desc {
		named.text = "-" + m.text
	}
	if !slices.ContainsFunc(out.items, func(o *value) bool { return strings.TrimPrefix(o.text, "-") == m.text }) {
		out.items = append(out.items, &named)
	}
}
