package cassandra

import (
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// column is a column to read, with how it keeps a time.
type column struct {
	field         query.Field
	storage, zone string
	// partial says that it is an aggregate of the server's: a whole number may have more than 64 bits and is a *big.Int, and what is
	// infinite or no number stays so.
	partial bool
}

// columnsOf returns every column that q needs, each once: what is not asked for is not read.
func columnsOf(q *query.Query) []column {
	needs := q.Needs()
	out := make([]column, len(needs))
	for i, n := range needs {
		out[i] = column{field: n.Field, storage: n.Storage, zone: n.Zone}
	}
	return out
}
