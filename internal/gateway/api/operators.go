package api

import (
	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// operatorsOf are the operators that fit a member, by the names that requests write.
func operatorsOf(d *catalog.Dimension) []string {
	out := []string{"equals", "notEquals"}
	switch d.Field.Type {
	case query.String:
		out = append(out, "contains", "notContains", "startsWith")
	case query.Int, query.Float:
		out = append(out, "gt", "gte", "lt", "lte", "range")
	case query.Time:
		out = []string{"inDateRange", "afterDate", "beforeDate"}
	case query.Bool:
	}
	return append(out, "set", "notSet")
}
