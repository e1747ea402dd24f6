package sqlgen

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// filter writes a condition that is true or false, never null: logic is two-valued on every store.
func (b *builder) filter(f query.Filter) error {
	switch f := f.(type) {
	case query.And:
		return b.junction(f, " AND ", "TRUE")
	case query.Or:
		return b.junction(f, " OR ", "FALSE")
	case query.Not:
		b.text("NOT (")
		defer b.text(")")
		return b.filter(f.Of)
	case query.Compare:
		return b.compare(&f)
	case *query.Compare:
		return b.compare(f)
	}
	return fmt.Errorf("sqlgen: unknown filter %T", f)
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
			b.text("coalesce(len(", name, ") > 0, FALSE)")
			return nil
		}
		b.text("(", name, " IS NOT NULL)")
		return nil
	case query.NotExists, query.Ne, query.NotIn:
		b.text("NOT (")
		defer b.text(")")
		positive := *c
		positive.Op = map[query.Op]query.Op{query.NotExists: query.Exists, query.Ne: query.Eq, query.NotIn: query.In}[c.Op]
		return b.compare(&positive)
	default: // handled below
	}
	if len(c.Values) == 0 {
		return fmt.Errorf("sqlgen: %s on %s without a value", c.Op, c.Field.Column)
	}
	if c.Field.Multi {
		return b.compareAny(c, name)
	}
	b.text("coalesce(")
	defer b.text(", FALSE)")
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
		b.text(name, map[query.Op]string{query.Gt: " > ", query.Gte: " >= ", query.Lt: " < ", query.Lte: " <= "}[c.Op])
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
		b.text("coalesce(list_has_any(", name, ", [")
		err := b.values(c)
		b.text("]), FALSE)")
		return err
	case query.Contains, query.Prefix:
		b.text("coalesce(len(list_filter(", name, ", lambda x: ")
		err := b.like(c, "x")
		b.text(")) > 0, FALSE)")
		return err
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

// like matches text without regard to case, its wildcards escaped.
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
		pattern := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
		if c.Op == query.Contains {
			pattern = "%" + pattern
		}
		b.text(name, " ILIKE ").bind(pattern, "VARCHAR").text(` ESCAPE '\'`)
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
		b.instant(v, c.Storage, c.Zone)
	default:
		return fmt.Errorf("sqlgen: a %T cannot be compared with %s", v, c.Field.Column)
	}
	return nil
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
		b.text(" AND ", name, " >= ").instant(q.Range.From, q.Time.Storage, q.Time.Zone)
		b.text(" AND ", name, " < ")
		if to := q.Range.To; q.Time.Storage == query.StorageDate && !query.Wall(to, q.Time.Zone).Equal(query.Wall(to, q.Time.Zone).Truncate(24*time.Hour)) {
			b.instant(to.Add(24*time.Hour), query.StorageDate, q.Time.Zone) // a day that the range ends in belongs to it
		} else {
			b.instant(to, q.Time.Storage, q.Time.Zone)
		}
	}
	if q.Where != nil {
		b.text(" AND ")
		return b.filter(q.Where)
	}
	return nil
}
