package feed

import "slices"

// window is the latest messages of a topic, in order and without a gap: all that came after from.
type window struct {
	from  ID
	list  []*Message
	bytes int
}

func (w *window) reset(from ID) { *w = window{from: from} }

// add appends a message, and drops the oldest beyond most bytes; the last one always stays.
func (w *window) add(m *Message, most int) {
	w.list = append(w.list, m)
	w.bytes += m.size()
	n := 0
	for w.bytes > most && n < len(w.list)-1 {
		w.bytes -= w.list[n].size()
		w.from = w.list[n].Mark.ID
		w.list[n] = nil
		n++
	}
	w.list = w.list[n:]
}

// prepend puts older messages before the rest, as many of the latest as fit into most bytes. from is what they came after.
func (w *window) prepend(from ID, older []*Message, most int) {
	bytes, n := w.bytes, len(older)
	for n > 0 && bytes+older[n-1].size() <= most {
		n--
		bytes += older[n].size()
	}
	w.from, w.bytes = from, bytes
	if n > 0 {
		w.from = older[n-1].Mark.ID
	}
	w.list = append(slices.Clone(older[n:]), w.list...)
}

// covers says whether all messages after an id are there.
func (w *window) covers(after ID) bool { return !after.Before(w.from) }

// has says whether an id is that of an entry, for all that the window knows.
func (w *window) has(id ID) bool {
	if id == w.from && !id.IsZero() {
		return true
	}
	i, found := w.find(id)
	return found && i < len(w.list)
}

func (w *window) find(id ID) (int, bool) {
	return slices.BinarySearchFunc(w.list, id, func(m *Message, id ID) int { return m.Mark.ID.Compare(id) })
}

// after returns the messages behind an id. The caller does not change the list.
func (w *window) after(id ID) []*Message {
	if n := len(w.list); n == 0 || !id.Before(w.list[n-1].Mark.ID) {
		return nil
	}
	i, found := w.find(id)
	if found {
		i++
	}
	return w.list[i:]
}
