package catalog

import "time"

// askEvery is how often a store is asked for changes at most, where the catalog does not say.
const askEvery = 30 * time.Second

// changes reads what tells that rows of a dataset have changed, once all datasets are known.
func (b *builder) changes(d *Dataset, v *value) {
	c := v.get("changes")
	if c == nil {
		return
	}
	out := &Changes{Dataset: d, Every: askEvery}
	if every := c.get("every"); every != nil {
		if out.Every, _ = time.ParseDuration(every.text); out.Every < time.Second { // its form is checked by the spec
			b.faults.add(every.at, "", "every is at least 1s")
		}
	}
	if other := c.get("dataset"); other != nil {
		switch out.Dataset = b.cat.Datasets[other.text]; {
		case out.Dataset == nil:
			b.unknown(other, "dataset", other.text, sortedKeys(b.cat.Datasets))
			return
		case out.Dataset.Source != d.Source:
			b.faults.add(other.at, "name a dataset of the same source", "dataset %s is not of the source of %s", other.text, d.Name)
		case out.Dataset.madeBySQL() || out.Dataset.Union != nil:
			b.faults.add(other.at, "name one that has rows of its own", "dataset %s is made of others", other.text)
		}
	} else if d.Relation.Table == "" && d.Relation.Files == nil || d.Relation.Native != nil {
		b.faults.add(c.at, "name another dataset that tells it", "changes of a dataset's own rows go with a table or files")
	}
	if d.Keep == nil && d.Share == nil {
		b.faults.add(c.at, "say keep or share", "nothing of dataset %s is kept or shared that changes could end", d.Name)
	}
	for _, name := range c.get("measures").all() {
		m := out.Dataset.Measures[name.text]
		if m == nil {
			b.unknown(name, "measure", name.text, sortedKeys(out.Dataset.Measures))
			continue
		}
		out.Measures = append(out.Measures, m)
	}
	d.Changes = out
}
