package main

import (
	"slices"
	"sort"
	"time"
)

// link finds each post's parent and thread. A post's parent is its nearest ancestor that is in the data; posts that
// name the same absent ancestor share a thread. Posts must be in the order of their time.
func link(posts []*post, mails []*mail) {
	byID := map[string]int{}
	for i, m := range mails {
		if _, double := byID[m.id]; m.id != "" && !double {
			byID[m.id] = i
		}
	}
	groups := union{}
	for i, m := range mails {
		ids := append(append([]string{}, m.ancestors...), m.id)
		for j := 1; j < len(ids); j++ {
			groups.join(ids[j-1], ids[j])
		}
		for _, ancestor := range slices.Backward(m.ancestors) {
			// A reply cannot be older than what it replies to; clocks may differ by minutes.
			if k, ok := byID[ancestor]; ok && k != i && !posts[k].PublishedAt.After(posts[i].PublishedAt.Add(10*time.Minute)) && !loop(posts, k, i) {
				posts[i].parent = k
				break
			}
		}
	}
	threads := map[string][]int{}
	for i, m := range mails {
		root := m.file
		if m.id != "" {
			root = groups.find(m.id)
		}
		threads[root] = append(threads[root], i)
	}
	for _, members := range threads {
		sort.Ints(members)
	}
	for _, members := range threads {
		opening := posts[members[0]]
		for _, i := range members {
			posts[i].thread = members[0]
			if p := posts[i].parent; p >= 0 {
				posts[p].Replies++
			}
		}
		// The earliest post stands for the thread, also where it replies to a mail that is not in the data; only
		// what replies to it, at any depth, answers it.
		for _, i := range members[1:] {
			if wait := posts[i].PublishedAt.Sub(opening.PublishedAt); posts[i].Author != opening.Author && loop(posts, i, members[0]) && wait > 0 {
				seconds := int64(wait / time.Second)
				opening.FirstResponse = &seconds
				posts[i].IsFirstReply = true
				break
			}
		}
	}
}

// loop says whether k is i or descends from it: making k the parent of i would close a circle.
func loop(posts []*post, k, i int) bool {
	for ; k >= 0; k = posts[k].parent {
		if k == i {
			return true
		}
	}
	return false
}

// union is a disjoint-set forest over message ids.
type union map[string]string

func (u union) find(id string) string {
	for u[id] != "" && u[id] != id {
		id = u[id]
	}
	return id
}

func (u union) join(a, b string) {
	if a, b = u.find(a), u.find(b); a != b && a != "" && b != "" {
		u[a] = b
	}
}
