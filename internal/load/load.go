// Package load creates the tables of a data set in a store and fills them: what the demo, the tests and a first trial of
// a store start from. Loading again is refused where rows would be mixed, and replaces them where it is asked to.
package load

import (
	"context"
	"fmt"
	"iter"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Column is one column of a table.
type Column struct {
	Name  string
	Type  query.Type
	Multi bool // a list of texts
}

// Table is rows with what a store must know to keep them well.
type Table struct {
	Name    string
	Columns []Column
	// Key tells rows apart, within one tenant and time.
	Key []string
	// Tenant and Time are the columns that queries are restricted by; Time may be empty.
	Tenant, Time string
	// By is a column that Cassandra is to cut a tenant's rows by, in place of the months of their time. Rows are then found by it alone.
	By string
	// Count is the number of rows, Rows the rows: string, int64, float64, bool, time.Time, []string or nil, in the order of Columns.
	Count int
	Rows  iter.Seq2[[]any, error]
}

// Progress is told how many of a table's rows are in the store.
type Progress func(table string, done, of int)

// Target is a store that tables are put into.
type Target interface {
	// Load creates t and fills it. Where it has rows already it refuses, or with replace removes them first.
	Load(ctx context.Context, t *Table, replace bool, progress Progress) error
	// Close ends the connections.
	Close() error
}

// has is the error of a table that has rows already.
func has(table string) error {
	return fmt.Errorf("load: %s has rows already; ask to replace them, or load into another place", table)
}

// Cut returns the table cut by a column, as a table of its own name: messages_by_interaction_id.
func (t *Table) Cut(by string) (*Table, error) {
	if i := t.index(by); i < 0 || by == t.Tenant || t.Columns[i].Type != query.String || t.Columns[i].Multi {
		return nil, fmt.Errorf("load: %s has no column %s of texts to be cut by", t.Name, by)
	}
	out := *t
	out.Name, out.By = t.Name+"_by_"+by, by
	return &out, nil
}

// index returns the position of a column, or -1.
func (t *Table) index(name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}
