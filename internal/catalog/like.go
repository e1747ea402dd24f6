package catalog

import "slices"

// relationKeys say where a dataset's rows are. One that names a place of its own takes none of them from another.
func relationKeys() []string {
	return []string{"files", "format", "table", "partition", "sql", "inputs", "union", "disjoint", "tables", "native", "parameters", "allow_filtering", "consistency", "request"}
}

// alike gives each dataset (or page) with a key "like" what the one named there says and it does not say itself. One that is
// like one of its own name is like the built-in one that it replaces.
type alike struct {
	what         string
	own, builtin []entry
	derive       func(base, over *value) *value
	faults       *faults
	done         map[string]*value
}

func (a *alike) all() []entry {
	own := a.own
	a.done = make(map[string]*value)
	out := make([]entry, len(own))
	for i, e := range own {
		out[i] = e
		out[i].val = a.resolve(e, nil)
	}
	return out
}

func (a *alike) resolve(e entry, path []string) *value {
	like := e.val.get("like")
	if like == nil {
		return e.val
	}
	if v, ok := a.done[e.name]; ok {
		return v
	}
	if slices.Contains(path, e.name) {
		a.faults.add(like.at, "", "%s %s is like itself", a.what, e.name)
		return e.val
	}
	list := a.own
	if like.text == e.name {
		list = a.builtin
	}
	i := slices.IndexFunc(list, func(o entry) bool { return o.name == like.text })
	if i < 0 {
		var known []string
		for _, o := range a.own {
			if o.name != e.name {
				known = append(known, o.name)
			}
		}
		a.faults.add(like.at, Suggest(like.text, known), "unknown %s %q", a.what, like.text)
		return e.val
	}
	v := a.derive(a.resolve(list[i], append(path, e.name)), e.val)
	a.done[e.name] = v
	return v
}

// derivePage returns over with what base says and over does not. Widgets are put together by id; events ask for the page that
// names them alone.
func derivePage(base, over *value) *value {
	out := *over
	out.keys, out.written = slices.Clone(over.keys), slices.Clone(over.written)
	for _, b := range base.keys {
		switch i := slices.IndexFunc(out.keys, func(o entry) bool { return o.name == b.name }); {
		case i >= 0 && b.name == "widgets":
			out.keys[i].val = together(b.val, out.keys[i].val)
		case i < 0 && !over.wrote(b.name) && b.name != "events" && b.name != "product":
			out.keys = append(out.keys, b)
			out.written = append(out.written, b.name)
		}
	}
	return &out
}

// deriveDataset returns over with what base says and over does not. Dimensions and measures are put together by name.
func deriveDataset(base, over *value) *value {
	out := *over
	place := slices.ContainsFunc([]string{"files", "table", "sql", "union", "native", "request"}, over.wrote)
	take := func(key string) bool { return !place || !slices.Contains(relationKeys(), key) }
	out.keys, out.written = slices.Clone(over.keys), slices.Clone(over.written)
	for _, b := range base.keys {
		switch i := slices.IndexFunc(out.keys, func(o entry) bool { return o.name == b.name }); {
		case i >= 0 && (b.name == "dimensions" || b.name == "measures"):
			out.keys[i].val = together(b.val, out.keys[i].val)
		case i < 0 && !over.wrote(b.name) && take(b.name):
			out.keys = append(out.keys, b)
		}
	}
	for _, key := range base.written {
		if !over.wrote(key) && take(key) {
			out.written = append(out.written, key)
		}
	}
	return &out
}

func together(base, over *value) *value {
	out := *over
	out.keys, out.written = nil, append(slices.Clone(base.written), over.written...)
	for _, b := range base.keys {
		if !slices.ContainsFunc(over.keys, func(o entry) bool { return o.name == b.name }) {
			out.keys = append(out.keys, b)
		}
	}
	out.keys = append(out.keys, over.keys...)
	return &out
}
