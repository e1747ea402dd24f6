package catalog

import "time"

// keep reads how days that are over are kept.
func (b *builder) keep(v *value, d *Dataset) *Keep {
	if v == nil {
		return nil
	}
	k := &Keep{MaxAge: 24 * time.Hour, Version: v.get("version").str("")}
	k.ClosedAfter, _ = time.ParseDuration(v.get("closed_after").str("0s")) // checked by the spec
	if age := v.get("max_age"); age != nil {
		k.MaxAge, _ = time.ParseDuration(age.text)
	}
	switch {
	case d.Time == nil:
		b.faults.add(v.at, "give the dataset a time", "keep needs a time field: it is days that are kept")
	case d.Relation.Table == "" && d.Relation.Files == nil || d.Relation.Native != nil:
		b.faults.add(v.at, "", "keep goes with a table or files: what a query, a request, sql or a union returns may be other rows for another range")
	}
	return k
}
