package sqlgen

import (
	"fmt"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// filter writes a condition that selects rows as if it were true or false, never null: logic is two-valued on every store.
func (b *builder) filter(f query.Filter) error {
	switch f := f.(type) {
	case query.And:
		return b.junction(f, " AND ", "TRUE")
	case query.Or:
		return b.junction(f, " OR ", "FALSE")
	case query.Not:
		defer b.negate()()
		return b.filter(f.Of)
	case query.Compare:
		return b.compare(&f)
	case *query.Compare:
		return b.compare(f)
	}
	return fmt.Errorf("sqlgen: unknown filter %T", f)
}

// negate begins a negation and returns its end.
func (b *builder) negate() (end func()) {
	b.text("NOT (")
	b.negated++
	return func() {
		b.text(")")
		b.negated--
	}
}

// guard begins a comparison that must not be null and returns its end. Where it is not below a negation, null and false select
// the same rows, and the engine computes the bare comparison faster, and prunes by it.
func (b *builder) guard() (end func()) {
	if b.negated == 0 {
		return func() {}
	}
	b.text("coalesce(")
	return func() { b.text(", FALSE)") }
}

func (b *builder) junction(list []query.Filter, word, empty string) error {
	if len(list) == 0 {
		b.text(empty)
		return nil
	}
	b.text("(")
	for i, f := range list {
		if i > 0 {
			b.text(word)
		}
		if err := b.filter(f); err != nil {
			return err
		}
	}
	b.text(")")
	return nil
}

func (b *builder) compare(c *query.Compare) error {
	name := ident(c.Field.Column)
	switch c.Op {
	case query.Exists:
		if c.Field.Multi {
			defer b.guard()()
			b.text(b.dialect.length(name), " > 0")
			return nil
		}
		if c.Field.Type == query.Float {
			defer b.guard()()
			b.text(b.dialect.finite(name))
			return nil
		}
		b.text("(", name, " IS NOT NULL)")
		return nil
	case query.NotExists, query.Ne, query.NotIn:
		defer b.negate()()
		positive := *c
		positive.Op = map[query.Op]query.Op{query.NotExists: query.Exists, query.Ne: query.Eq, query.NotIn: query.In}[c.Op]
		return b.compare(&positive)
	default: // handled below
	}
	if len(c.Values) == 0 {
		return fmt.Errorf("sqlgen: %s on %s without a value", c.Op, c.Field.Column)
	}
	defer b.guard()()
	if c.Field.Multi {
		return b.compareAny(c, name)
	}
	switch c.Op {
	case query.Eq, query.In:
		if len(c.Values) == 1 {
			b.text(name, " = ")
			return b.value(c, c.Values[0])
		}
		b.text(name, " IN (")
		err := b.values(c)
		b.text(")")
		return err
	case query.Gt, query.Gte, query.Lt, query.Lte:
		if c.Field.Type == query.Float {
			b.text(b.dialect.finite(name), " AND ")
		}
		if t, ok := c.Values[0].(time.Time); ok {
			b.text(name).bound(c.Op, t, c.Storage, c.Zone)
			return nil
		}
		b.text(name, signs()[c.Op])
		return b.value(c, c.Values[0])
	case query.Contains, query.Prefix:
		return b.like(c, name)
	default: // handled below
	}
	return fmt.Errorf("sqlgen: unknown operator %q", c.Op)
}

// compareAny compares a list column: one of its values has to fit.
func (b *builder) compareAny(c *query.Compare, name string) error {
	switch c.Op {
	case query.Eq, query.In:
		return b.dialect.overlaps(b, name, func() error { return b.values(c) })
	case query.Contains, query.Prefix:
		return b.dialect.some(b, name, func(value string) error { return b.like(c, value) })
	default: // handled below
	}
	return fmt.Errorf("sqlgen: operator %q does not fit the list %s", c.Op, c.Field.Column)
}

func (b *builder) values(c *query.Compare) error {
	for i, v := range c.Values {
		if i > 0 {
			b.text(", ")
		}
		if err := b.value(c, v); err != nil {
			return err
		}
	}
	return nil
}

// like matches text without regard to case.
func (b *builder) like(c *query.Compare, name string) error {
	b.text("(")
	for i, v := range c.Values {
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("sqlgen: %s on %s takes text, not %T", c.Op, c.Field.Column, v)
		}
		if i > 0 {
			b.text(" OR ")
		}
		b.dialect.matches(b, c.Op, name, s)
	}
	b.text(")")
	return nil
}

// value writes one bound value of the field's type.
func (b *builder) value(c *query.Compare, v any) error {
	switch v := v.(type) {
	case string:
		b.bind(v, "VARCHAR")
	case int64:
		if c.Field.Type == query.Float {
			b.bind(float64(v), "DOUBLE")
		} else {
			b.bind(v, "BIGINT")
		}
	case float64:
		b.bind(v, "DOUBLE")
	case bool:
		b.bind(v, "BOOLEAN")
	case time.Time:
		if unit := unitOf(c.Storage); unit > 0 && !v.Truncate(unit).Equal(v) {
			b.bind(nil, "BIGINT") // nothing that is kept equals it
			return nil
		}
		b.instant(v, c.Storage, c.Zone)
	default:
		return fmt.Errorf("sqlgen: a %T cannot be compared with %s", v, c.Field.Column)
	}
	return nil
}

func signs() map[query.Op]string {
	return map[query.Op]string{query.Gt: " > ", query.Gte: " >= ", query.Lt: " < ", query.Lte: " <= "}
}

// bound writes how a time column compares with t. An epoch keeps whole seconds or milliseconds: a time between two of them is after
// the one and before the other.
func (b *builder) bound(op query.Op, t time.Time, storage, zone string) {
	if unit := unitOf(storage); unit > 0 {
		if before := t.Truncate(unit); !before.Equal(t) {
			if t = before; op == query.Gte || op == query.Lt {
				t = before.Add(unit)
			}
		}
	}
	b.text(signs()[op]).instant(t, storage, zone)
}

// unitOf is what an epoch counts; 0 for what is none.
func unitOf(storage string) time.Duration {
	switch storage {
	case query.StorageEpochS:
		return time.Second
	case query.StorageEpochMS:
		return time.Millisecond
	}
	return 0
}

// endOfDays returns the first day after a range: a day that the range ends in belongs to it. It is counted on the wall clock, since
// some days have 25 hours.
func endOfDays(to time.Time, zone string) time.Time {
	w := query.Wall(to, zone)
	day := w.Truncate(24 * time.Hour)
	if !day.Equal(w) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// rows writes the condition on rows: tenant, time range, filters.
func (b *builder) rows(q *query.Query) error {
	b.text(" WHERE ")
	if q.Tenant != nil {
		if err := b.compare(q.Tenant); err != nil {
			return err
		}
	} else {
		b.text("TRUE")
	}
	if q.Time != nil {
		name := ident(q.Time.Column)
		b.text(" AND ", name).bound(query.Gte, q.Range.From, q.Time.Storage, q.Time.Zone)
		b.text(" AND ", name)
		if q.Time.Storage == query.StorageDate {
			b.text(" < ").bind(endOfDays(q.Range.To, q.Time.Zone).Format(time.DateOnly), "DATE")
		} else {
			b.bound(query.Lt, q.Range.To, q.Time.Storage, q.Time.Zone)
		}
	}
	if q.Where != nil {
		b.text(" AND ")
		return b.filter(q.Where)
	}
	return nil
}
