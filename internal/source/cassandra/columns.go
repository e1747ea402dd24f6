package cassandra

import (
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// column is a column to read, with how it keeps a time.
type column struct {
	field         query.Field
	storage, zone string
}

// columnsOf returns every column that q needs, each once: what is not asked for is not read.
func columnsOf(q *query.Query) []column {
	var c collector
	if q.Tenant != nil {
		c.filter(*q.Tenant)
	}
	if q.Time != nil {
		c.add(query.Field{Column: q.Time.Column, Type: query.Time}, q.Time.Storage, q.Time.Zone)
	}
	c.filter(q.Where)
	for _, s := range q.Select {
		c.add(s.Field, s.Storage, s.Zone)
	}
	for _, g := range q.Groups {
		c.add(g.Field, g.Storage, g.Zone)
	}
	c.measures(q.Measures)
	return c.columns
}

// collector collects columns in the order of their first use.
type collector struct{ columns []column }

func (c *collector) add(f query.Field, storage, zone string) {
	if f.Column == "" {
		return // a count of rows
	}
	for _, known := range c.columns {
		if known.field.Column == f.Column {
			return
		}
	}
	c.columns = append(c.columns, column{f, storage, zone})
}

func (c *collector) measures(list []query.Measure) {
	for _, m := range list {
		c.filter(m.Where)
		c.add(m.Field, m.Storage, m.Zone)
		c.measures(m.Inputs)
	}
}

func (c *collector) filter(f query.Filter) {
	switch f := f.(type) {
	case query.And:
		for _, g := range f {
			c.filter(g)
		}
	case query.Or:
		for _, g := range f {
			c.filter(g)
		}
	case query.Not:
		c.filter(f.Of)
	case query.Compare:
		c.add(f.Field, f.Storage, f.Zone)
	case *query.Compare:
		c.add(f.Field, f.Storage, f.Zone)
	}
}
