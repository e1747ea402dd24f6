package query

// Need is a column that a query reads. Storage and Zone say how a time column is kept, as in TimeField.
type Need struct {
	Field
	Storage, Zone string
}

// Needs returns the columns that q reads, each once, in the order in which they are met.
func (q *Query) Needs() []Need {
	n := needs{seen: make(map[string]bool)}
	if q.Tenant != nil {
		n.add(q.Tenant.Field, "", "")
	}
	if q.Time != nil {
		n.add(Field{Column: q.Time.Column, Type: Time}, q.Time.Storage, q.Time.Zone)
	}
	n.filter(q.Where)
	for i := range q.Select {
		n.add(q.Select[i].Field, q.Select[i].Storage, q.Select[i].Zone)
	}
	for i := range q.Groups {
		n.add(q.Groups[i].Field, q.Groups[i].Storage, q.Groups[i].Zone)
	}
	n.measures(q.Measures)
	return n.fields
}

type needs struct {
	seen   map[string]bool
	fields []Need
}

func (n *needs) add(f Field, storage, zone string) {
	if f.Column != "" && !n.seen[f.Column] {
		n.seen[f.Column] = true
		n.fields = append(n.fields, Need{f, storage, zone})
	}
}

func (n *needs) measures(list []Measure) {
	for i := range list {
		n.add(list[i].Field, list[i].Storage, list[i].Zone)
		n.filter(list[i].Where)
		n.measures(list[i].Inputs)
	}
}

func (n *needs) filter(f Filter) {
	switch f := f.(type) {
	case And:
		for _, x := range f {
			n.filter(x)
		}
	case Or:
		for _, x := range f {
			n.filter(x)
		}
	case Not:
		n.filter(f.Of)
	case Compare:
		n.add(f.Field, f.Storage, f.Zone)
	case *Compare:
		n.add(f.Field, f.Storage, f.Zone)
	}
}
