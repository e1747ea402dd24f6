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
	needs := q.Needs()
	out := make([]column, len(needs))
	for i, n := range needs {
		out[i] = column{n.Field, n.Storage, n.Zone}
	}
	return out
}
