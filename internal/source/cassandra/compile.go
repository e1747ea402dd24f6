package cassandra

import (
	"strings"
	"time"
	"unicode"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// plan is how a query is read: one statement, run once for each partition.
type plan struct {
	// consistency is the dataset's own; empty is the source's.
	consistency string
	table       string
	text        string
	columns     []column // of the statement's rows
	partitions  partitions
	bounds      []any // arguments after those of the key
	// byName says that the statement is the catalog's: its columns come in an order of their own, and more of them.
	byName bool
	// query is what remains to be computed over the rows; merge, where set, adds up what the server has computed.
	query *query.Query
	merge *merge
	// first is how many rows of each partition are read; nil for all. The statement sorts them.
	first *first
}

// compile returns the plan of q. Text of the statement comes from the catalog (names, quoted) and from here; whatever a
// request brought is an argument.
func compile(q *query.Query, keyspace string) (*plan, error) {
	if q.Relation.Native != nil {
		return native(q)
	}
	table, err := tableOf(q.Relation, keyspace)
	if err != nil {
		return nil, err
	}
	return compiled(q, table, pushDown(q))
}

// compiled returns the plan of q over a table, with what the server computes of it, or nil for nothing.
func compiled(q *query.Query, table string, m *merge) (p *plan, err error) {
	p = &plan{query: q, table: table, merge: m, consistency: q.Relation.Consistency}
	if p.partitions, err = partitionsOf(q); err != nil {
		return nil, err
	}
	selected := ""
	if p.merge != nil {
		p.columns = p.merge.columns
		selected = p.merge.selected()
	} else {
		p.columns = columnsOf(q)
		if len(p.columns) == 0 {
			k := q.Relation.Partition.Keys[0] // rows are only counted
			p.columns = []column{{field: query.Field{Column: k.Column, Type: k.Type}}}
		}
		selected, err = list(p.columns)
	}
	if err != nil {
		return nil, err
	}
	if q.Time != nil && q.Time.Storage == query.StorageDate {
		p.query = wholeDays(q)
	}
	where, err := p.where(q)
	if err != nil {
		return nil, err
	}
	p.text = "SELECT " + selected + " FROM " + table + " WHERE " + where
	if newest, ok := sorted(q); ok {
		return p, p.sort(q.Time, newest)
	}
	return p, nil
}

// sort has the server hand over the rows of a partition in the order of their time.
func (p *plan) sort(by *query.TimeField, newest bool) error {
	name, err := ident(by.Column)
	if err != nil {
		return err
	}
	p.text += " ORDER BY " + name
	if newest {
		p.text += " DESC"
	}
	return nil
}

// read returns the plan that reads the rows, which the server was to aggregate.
func (p *plan) read(q *query.Query) (*plan, error) { return compiled(q, p.table, nil) }

// where returns the condition of one partition, and of the range within it.
func (p *plan) where(q *query.Query) (string, error) {
	var parts []string
	for _, k := range p.partitions {
		name, err := ident(k.column)
		if err != nil {
			return "", err
		}
		parts = append(parts, name+" = ?")
	}
	if q.Time != nil && q.Relation.Partition.Clustered {
		name, err := ident(q.Time.Column)
		if err != nil {
			return "", err
		}
		r := stored(q.Time, q.Range)
		parts = append(parts, name+" >= ?", name+" < ?")
		p.bounds = []any{bound(r.From, q.Time.Storage), bound(r.To, q.Time.Storage)}
	}
	return strings.Join(parts, " AND "), nil
}

// args returns the values of the i-th partition's statement.
func (p *plan) args(i int) []any { return append(p.partitions.at(i), p.bounds...) }

// fields returns the columns as the computation over the rows knows them.
func (p *plan) fields() []query.Field {
	out := make([]query.Field, len(p.columns))
	for i, c := range p.columns {
		out[i] = c.field
	}
	return out
}

// wholeDays returns q with a range that holds every day it touches, as a column of days has them: rows are days' beginnings.
func wholeDays(q *query.Query) *query.Query {
	out, loc, r := *q, query.Location(q.Time.Zone), stored(q.Time, q.Range)
	out.Range = query.Range{From: query.Instant(r.From, loc), To: query.Instant(r.To, loc)}
	return &out
}

// bind returns a value as the driver takes it: an instant by its milliseconds, for a timestamp and a date alike.
func bind(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if t, ok := v.(time.Time); ok {
			v = t.UnixMilli()
		}
		out[i] = v
	}
	return out
}

func list(columns []column) (string, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		name, err := ident(c.field.Column)
		if err != nil {
			return "", err
		}
		names[i] = name
	}
	return strings.Join(names, ", "), nil
}

// tableOf returns the quoted name of a relation's table.
func tableOf(r query.Relation, keyspace string) (string, error) {
	keyspace, table, err := nameOf(r, keyspace)
	if err != nil {
		return "", err
	}
	return `"` + keyspace + `"."` + table + `"`, nil
}

// nameOf returns a relation's keyspace and table, whose names have letters, digits and underscores only.
func nameOf(r query.Relation, keyspace string) (string, string, error) {
	table := r.Table
	if before, name, ok := strings.Cut(table, "."); ok {
		keyspace, table = before, name
	}
	if keyspace == "" {
		return "", "", schemaError("table " + r.Table + " is in no keyspace: the source names none")
	}
	for _, name := range []string{keyspace, table} {
		odd := func(c rune) bool {
			return c > unicode.MaxASCII || c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
		}
		if name == "" || strings.ContainsFunc(name, odd) {
			return "", "", schemaError("no name of a table: " + r.Table)
		}
	}
	return keyspace, table, nil
}

// ident quotes the name of a column, which may have any letter that is one.
func ident(name string) (string, error) {
	if name == "" || strings.ContainsFunc(name, func(c rune) bool { return unicode.IsControl(c) || c == unicode.ReplacementChar }) {
		return "", schemaError("no name of a column: " + name)
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`, nil
}
