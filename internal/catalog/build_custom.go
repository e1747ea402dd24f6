package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func customSpec() *spec {
	return object("Requests may describe widgets of their own, in metrics.",
		must("datasets", listOf("What those widgets may be over; the first is that of a widget that names none.", ident("A dataset."))),
		may("where", mapOf("Row conditions on them, by dataset.", "dataset name", nameRE, str("A row condition."))),
	)
}

// custom reads what requests may make widgets of.
func (b *builder) custom(v *value) *Custom {
	if v == nil {
		return nil
	}
	c := &Custom{Where: make(map[string]query.Filter)}
	var names []string
	for _, x := range v.get("datasets").all() {
		d := b.cat.Datasets[x.text]
		switch {
		case d == nil:
			b.unknown(x, "dataset", x.text, sortedKeys(b.cat.Datasets))
		case slices.Contains(names, x.text):
			b.faults.add(x.at, "name a dataset once", "custom has %q twice", x.text)
		default:
			c.Datasets, names = append(c.Datasets, d), append(names, x.text)
		}
	}
	if x := v.get("datasets"); x != nil && len(x.all()) == 0 {
		b.faults.add(x.at, "leave custom out", "custom names no dataset")
	}
	for _, e := range v.get("where").entries() {
		if !slices.Contains(names, e.name) {
			b.faults.add(e.at, Suggest(e.name, names), "custom has no dataset %q", e.name)
			continue
		}
		c.Where[e.name] = b.condition(e.val, "where", b.cat.Datasets[e.name])
	}
	return c
}
