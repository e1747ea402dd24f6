package sqlgen

import (
	"fmt"
	"strconv"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// float writes a number of the catalog.
func float(f float64) string { return "CAST(" + strconv.FormatFloat(f, 'g', -1, 64) + " AS DOUBLE)" }

// measure writes an aggregate, or a formula over aggregates.
func (b *builder) measure(m *query.Measure) error { return b.measureOf(m, b.aggregate) }

// measureOf writes a measure whose aggregates are written by a function.
func (b *builder) measureOf(m *query.Measure, aggregate func(*query.Measure) error) error {
	if m.Formula == nil {
		return aggregate(m)
	}
	defer b.onlyFinite()()
	return b.formula(m.Formula, func(name string) error {
		for i := range m.Inputs {
			if m.Inputs[i].Name == name {
				return aggregate(&m.Inputs[i])
			}
		}
		return fmt.Errorf("sqlgen: measure %s refers to %s, which is not among its inputs", m.Name, name)
	})
}

// formula writes arithmetic in double precision; a division by zero is null.
func (b *builder) formula(e query.Expr, ref func(name string) error) error {
	switch e := e.(type) {
	case query.Number:
		b.text(float(float64(e)))
	case query.Ref:
		b.text("CAST(")
		if err := ref(string(e)); err != nil {
			return err
		}
		b.text(" AS DOUBLE)")
	case query.Binary:
		b.text("(")
		if err := b.formula(e.Left, ref); err != nil {
			return err
		}
		if e.Op == "/" {
			b.text(" / NULLIF(")
		} else {
			b.text(" ", e.Op, " ")
		}
		if err := b.formula(e.Right, ref); err != nil {
			return err
		}
		if e.Op == "/" {
			b.text(", 0)")
		}
		b.text(")")
	default:
		return fmt.Errorf("sqlgen: unknown expression %T", e)
	}
	return nil
}

// aggregate writes one plain aggregate, cast to the type that every store returns. A sum or an average over what is infinite or no
// number is null; whatever else is made of numbers has such values left out.
func (b *builder) aggregate(m *query.Measure) error {
	if adds(m) {
		defer b.onlyFinite()()
	}
	return b.partial(m)
}

// adds says that a measure adds up floating-point numbers.
func adds(m *query.Measure) bool {
	return m.Field.Type == query.Float && (m.Agg == query.Sum || m.Agg == query.Avg)
}

// onlyFinite begins a number that is null where it would be infinite or no number, and returns its end.
func (b *builder) onlyFinite() (end func()) {
	before, after := b.dialect.onlyFinite()
	b.text(before)
	return func() { b.text(after) }
}

// partial writes an aggregate as the engine computes it.
func (b *builder) partial(m *query.Measure) error {
	column := "*"
	if m.Field.Column != "" {
		column = ident(m.Field.Column)
	}
	before, also, after := "", "", ""
	number, added := column, column
	if m.Field.Type == query.Float {
		number = b.dialect.float(column)
	}
	if m.Field.Type == query.Float || m.Agg == query.Sum {
		added = b.dialect.added(column, m.Field.Type)
	}
	switch m.Agg {
	case query.Count:
		before, after = "count("+number+")", ""
	case query.NonFinite:
		before, also = "count(*)", "NOT "+b.dialect.finite(column)
	case query.CountDistinct:
		before = "count(DISTINCT " + number + ")"
	case query.Sum:
		before, after = "CAST(sum("+added+")", " AS "+b.sumType(m)+")"
	case query.Avg:
		before, after = "CAST(avg("+added+")", " AS DOUBLE)"
	case query.Min, query.Max:
		if m.Field.Type == query.Time {
			number = b.dialect.utc(column, m.Storage, m.Zone)
		}
		before = string(m.Agg) + "(" + number + ")"
	case query.Percentile:
		before, also, after = b.dialect.percentile(column, m.Fraction)
	default:
		return fmt.Errorf("sqlgen: unknown aggregate %q", m.Agg)
	}
	if m.Agg == query.Count && m.Where != nil && column == "*" {
		before, after := b.dialect.countIf()
		b.text(before)
		err := b.filter(m.Where)
		b.text(after)
		return err
	}
	b.text(before)
	if m.Where != nil || also != "" {
		b.text(" FILTER (WHERE ", also)
		if m.Where != nil && also != "" {
			b.text(" AND ")
		}
		if m.Where != nil {
			if err := b.filter(m.Where); err != nil {
				return err
			}
		}
		b.text(")")
	}
	b.text(after)
	return nil
}

// sumType is wide enough for a sum of whole numbers where the engine has such a type; what 64 bits cannot hold is refused on reading. Where they are known to hold it, no other type is
// needed, and reading takes less time.
func (b *builder) sumType(m *query.Measure) string {
	switch {
	case m.Field.Type != query.Int:
		return b.sqlType(query.Float)
	case b.known != nil && b.known.Columns[m.Field.Column].Small:
		return b.sqlType(query.Int)
	}
	return b.dialect.wholeSum()
}

func (b *builder) sqlType(t query.Type) string {
	switch t {
	case query.Int:
		return "BIGINT"
	case query.Float:
		return "DOUBLE"
	case query.Bool:
		return "BOOLEAN"
	case query.Time:
		return b.dialect.timestamp()
	case query.String:
		return "VARCHAR"
	}
	return "VARCHAR"
}
