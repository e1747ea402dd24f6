package engine

import (
	"slices"
	"sync/atomic"
)

// order returns what hands out what a source is asked for a queue, one by one. The first widget's own steps come as they are, before it has been found out what the others are best made of.
func (q *queue) order() (next func() (task, bool)) {
	first := q.tasks[:leading(q.tasks)]
	var taken atomic.Int64
	return func() (task, bool) {
		i := int(taken.Add(1)) - 1
		if i < len(first) {
			return first[i], true
		}
		if i < len(q.tasks) && i < len(q.made()) {
			return q.made()[i], true
		}
		return task{}, false
	}
}

// keptLater has the days of the first widget's answers told apart later: where they are computed in this process, that takes as long as the answers.
func (q *queue) keptLater() {
	for i, t := range q.tasks[:leading(q.tasks)] {
		if asked := t.query(); asked.Keep != nil {
			later, keep := *asked, *asked.Keep
			keep.Later, later.Keep = true, &keep
			q.tasks[i].asked = &later
		}
	}
}

// leading is how many of a queue's tasks are of its first widget. None of them is asked together with another.
func leading(queue []task) int {
	n := slices.IndexFunc(queue, func(t task) bool { return t.gathering != queue[0].gathering })
	if n < 0 {
		return len(queue)
	}
	return n
}

// made returns what a source is asked in place of the steps of a queue, in its order: fewer queries, of which some answer several steps.
func (e *Engine) made(queue []task) []task { return dearestBefore(share(e.derive(queue))) }

// dearestBefore has the dearest task begin right after the first widget's, and the next one before the last: begun as the last, either would run on alone while all other places are empty, and end the page later. The
// dearest takes one place only; the others go on from the cheapest.
func dearestBefore(queue []task) []task {
	first := leading(queue)
	if first == len(queue) {
		return queue
	}
	last := len(queue) - 1
	out := make([]task, 0, len(queue))
	out = append(append(append(out, queue[:first]...), queue[last]), queue[first:last]...)
	if n := len(out); n-first > 2 {
		out[n-2], out[n-1] = out[n-1], out[n-2]
	}
	return out
}
