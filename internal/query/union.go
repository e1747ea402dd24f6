package query

// Union is a relation of the rows of several others: what each of them answers is put together, in one order where rows are asked for, and added up where
// they are counted.
type Union struct {
	Members []Member `json:"members"`
	// Disjoint are the union's columns of which no two members have a value in common.
	Disjoint []string `json:"disjoint,omitempty"`
}

// Member is one relation of a union.
type Member struct {
	Name string `json:"name"`
	// Source is the catalog's name of the source that answers.
	Source string `json:"source"`
	// Query says where the rows are, and which of them are the union's: it has a tenant, a time, a condition and limits, and asks for nothing yet.
	Query *Query `json:"query"`
	// Columns are where the member has what the union calls by another name; what is not here is null in all of its rows.
	Columns map[string]Column `json:"columns"`
}

// Filter returns a condition on the union's rows as one on the member's.
func (m *Member) Filter(f Filter) Filter {
	switch f := f.(type) {
	case And:
		out := make(And, len(f))
		for i := range f {
			out[i] = m.Filter(f[i])
		}
		return out
	case Or:
		out := make(Or, len(f))
		for i := range f {
			out[i] = m.Filter(f[i])
		}
		return out
	case Not:
		return Not{Of: m.Filter(f.Of)}
	case *Compare:
		return m.Filter(*f)
	case Compare:
		if c, ok := m.Columns[f.Field.Column]; ok {
			f.Field, f.Storage, f.Zone = c.Field, c.Storage, c.Zone
			return f
		}
		switch f.Op {
		case NotExists, Ne, NotIn: // which a row without a value meets
			return And{}
		default:
			return Or{}
		}
	}
	return f
}
