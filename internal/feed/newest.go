package feed

import (
	"maps"
	"slices"
)

// newest is the newest message of each widget, of all that came after from.
type newest struct {
	from  ID
	of    map[string]*Message
	bytes int
	// whole says that it knows of all that the stream keeps, or as much of it as is looked at.
	whole bool
}

func (n *newest) reset(from ID) { *n = newest{from: from} }

// add notes a message that came last. Where all together are more than most bytes nothing is known any more of what came before.
func (n *newest) add(m *Message, most int) {
	if n.of == nil {
		n.of = make(map[string]*Message)
	}
	if old := n.of[m.Event]; old != nil {
		n.bytes -= old.size()
	}
	n.of[m.Event] = m
	if n.bytes += m.size(); n.bytes > most {
		n.reset(m.Mark.ID)
	}
}

// older notes messages that came before all others, the latest first.
func (n *newest) older(list []*Message) {
	if n.of == nil {
		n.of = make(map[string]*Message)
	}
	for _, m := range list {
		if n.of[m.Event] == nil {
			n.of[m.Event] = m
			n.bytes += m.size()
		}
	}
}

// after returns those behind an id, in order.
func (n *newest) after(id ID) []*Message {
	list := slices.SortedFunc(maps.Values(n.of), func(a, b *Message) int { return a.Mark.ID.Compare(b.Mark.ID) })
	i := 0
	for i < len(list) && !id.Before(list[i].Mark.ID) {
		i++
	}
	return list[i:]
}
