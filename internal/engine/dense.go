package engine

import (
	"errors"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// errNotFiner is the cause of an error that would be one of this package's.
var errNotFiner = errors.New("engine: the query that was asked is not finer than a widget's")

// maxDense bounds what is remembered: a request may describe widgets of any groups.
const maxDense = 4096

// dense remembers shapes of queries that have more groups than several widgets are made of.
type dense struct {
	mu     sync.Mutex
	shapes map[query.Key]bool
}

func (d *dense) has(shape query.Key) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shapes[shape]
}

func (d *dense) add(shape query.Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shapes == nil || len(d.shapes) >= maxDense {
		d.shapes = make(map[query.Key]bool)
	}
	d.shapes[shape] = true
}

// shapeOf is the same for queries that group the same dataset's rows alike, of whatever tenant, range or filter.
func shapeOf(q *query.Query) query.Key {
	shape := query.Query{Dataset: q.Dataset, Relation: query.Relation{Table: q.Relation.Table}}
	for _, g := range q.Groups {
		shape.Groups = append(shape.Groups, query.Group{Field: g.Field, Part: g.Part, Bins: g.Bins})
	}
	return shape.Key()
}
