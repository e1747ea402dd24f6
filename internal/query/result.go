package query

// ResultColumn is a column that a source returns for a query.
type ResultColumn struct {
	Name string
	Type Type
}

// Columns returns the columns of q's result, in the order that every source keeps.
func (q *Query) Columns() []ResultColumn {
	var out []ResultColumn
	for _, s := range q.Select {
		t := s.Field.Type
		if s.Field.Multi {
			t = String // the values, joined
		}
		out = append(out, ResultColumn{s.Name, t})
	}
	for _, g := range q.Groups {
		out = append(out, ResultColumn{g.Name, g.Type()})
	}
	for _, m := range q.Measures {
		out = append(out, ResultColumn{m.Name, m.Type()})
	}
	if q.Others {
		out = append(out, ResultColumn{ColumnOther, Bool})
	}
	if q.Total {
		out = append(out, ResultColumn{ColumnTotal, Int})
	}
	return out
}

// Type returns the type of the group's key.
func (g *Group) Type() Type {
	if g.Part != "" || g.Buckets != nil || g.Bins != nil {
		return Int
	}
	return g.Field.Type
}

// Type returns the type of the measure's value.
func (m *Measure) Type() Type {
	if m.Formula != nil {
		return Float
	}
	switch m.Agg {
	case Count, CountDistinct, NonFinite:
		return Int
	case Avg, Percentile:
		return Float
	case Sum:
		if m.Field.Type == Int {
			return Int
		}
		return Float
	case Min, Max:
		return m.Field.Type
	}
	return Float
}

// Plain returns the plain aggregates behind a measure: itself, or its formula's inputs.
func (m *Measure) Plain() []Measure {
	if m.Formula == nil {
		return []Measure{*m}
	}
	return m.Inputs
}
