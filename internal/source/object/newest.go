package object

import (
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// stretches returns what of a range is read at once where its newest rows are asked for: the coarsest unit of time by which the paths of q cut its
// objects. Parquet has bounds of its row groups, and is looked through by the next finer one. Nil where a path says no time: all its
// objects would be read again and again.
func stretches(q *query.Query) source.Stretches {
	coarsest := len(layouts)
	for _, pattern := range q.Relation.Files {
		unit, dated := unitOf(pattern)
		if !dated {
			return nil
		}
		for i, l := range layouts {
			if l.unit == unit {
				coarsest = min(coarsest, i)
			}
		}
	}
	if coarsest == len(layouts) {
		return nil
	}
	if q.Relation.Format == parquetFormat {
		coarsest = min(coarsest+1, len(layouts)-1)
	}
	return source.Whole(layouts[coarsest].unit)
}
