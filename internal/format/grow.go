package format

import "slices"

// grown is how rows hang together.
type grown struct {
	parent, depth   []int // parent is -1 of a root
	children        [][]int
	orphan          []bool // the row that it answers is not among the rows
	orphans, cycles int
}

// grow hangs rows, which come in the order of time, under the rows that they answer. What answers a row that is missing, or is the earliest of a circle, hangs under
// the root; where there is no root, the earliest of those is it, and where there are several, each is a root of its own.
func grow(ids, parents []any) *grown {
	n := len(ids)
	g := &grown{parent: make([]int, n), depth: make([]int, n), children: make([][]int, n), orphan: make([]bool, n)}
	at := make(map[any]int, n)
	for i := n - 1; i >= 0; i-- {
		if ids[i] != nil {
			at[ids[i]] = i // of two rows with one name, the earlier
		}
	}
	var roots, loose []int
	for i := range n {
		p, known := at[parents[i]]
		switch {
		case parents[i] == nil:
			g.parent[i] = -1
			roots = append(roots, i)
		case !known:
			g.parent[i], g.orphan[i] = -1, true
			g.orphans++
			loose = append(loose, i)
		default:
			g.parent[i] = p
		}
	}
	loose = append(loose, g.uncircle()...)
	root := -1
	if len(roots) == 1 {
		root = roots[0]
	} else if len(roots) == 0 {
		for _, i := range loose {
			if root < 0 || i < root {
				root = i
			}
		}
	}
	for _, i := range loose {
		if i != root {
			g.parent[i] = root
		}
	}
	for i, p := range g.parent {
		if p >= 0 {
			g.children[p] = append(g.children[p], i)
		}
	}
	return g
}

// uncircle takes the earliest row of each circle out of it, and returns those rows.
func (g *grown) uncircle() (cut []int) {
	seen := make([]int, len(g.parent)) // by which walk, from 1
	for i := range g.parent {
		walk := i + 1
		for at := i; at >= 0 && seen[at] == 0; at = g.parent[at] {
			seen[at] = walk
			p := g.parent[at]
			if p < 0 || seen[p] != walk {
				continue
			}
			earliest := p
			for on := g.parent[p]; on != p; on = g.parent[on] {
				earliest = min(earliest, on)
			}
			g.parent[earliest] = -1
			g.cycles++
			cut = append(cut, earliest)
			break
		}
	}
	return cut
}

// walk returns the rows of the tree, each before its answers, down to a depth, and how many lie deeper.
func (g *grown) walk(most int) (order []int, deeper int) {
	var stack []int
	push := func(list []int) {
		for _, i := range slices.Backward(list) {
			stack = append(stack, i)
		}
	}
	var roots []int
	for i, p := range g.parent {
		if p < 0 {
			roots = append(roots, i)
		}
	}
	push(roots)
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if p := g.parent[at]; p >= 0 {
			g.depth[at] = g.depth[p] + 1
		}
		if g.depth[at] > most {
			deeper++
		} else {
			order = append(order, at)
		}
		push(g.children[at])
	}
	return order, deeper
}
