package feed

import (
	"cmp"
	"strconv"
	"strings"
)

// ID is that of a stream's entry. The zero ID is before every entry.
type ID struct{ MS, Seq uint64 }

// Compare orders ids.
func (a ID) Compare(b ID) int { return cmp.Or(cmp.Compare(a.MS, b.MS), cmp.Compare(a.Seq, b.Seq)) }

// Before says whether an id is smaller than another.
func (a ID) Before(b ID) bool { return a.Compare(b) < 0 }

// IsZero says whether it is before every entry.
func (a ID) IsZero() bool { return a == ID{} }

func (a ID) String() string { return string(a.append(make([]byte, 0, 24))) }

func (a ID) append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, a.MS, 10)
	return strconv.AppendUint(append(dst, '-'), a.Seq, 10)
}

// ParseID reads an id as Redis writes it, and nothing else: no sign, no leading zero, both parts.
func ParseID(text string) (id ID, ok bool) {
	ms, seq, ok := strings.Cut(text, "-")
	if !ok {
		return ID{}, false
	}
	if id.MS, ok = parse(ms); !ok {
		return ID{}, false
	}
	id.Seq, ok = parse(seq)
	return id, ok
}

func parse(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && (text == "0" || text[0] != '0' && text[0] != '+')
}

// Mark is a place in a stream as subscribers know it: EPOCH.STREAM-ID.
type Mark struct {
	Epoch string
	ID    ID
}

func (m Mark) String() string { return string(m.Append(make([]byte, 0, 40))) }

// Append appends the mark's text.
func (m Mark) Append(dst []byte) []byte {
	return m.ID.append(append(append(dst, m.Epoch...), '.'))
}

// ParseMark reads a mark.
func ParseMark(text string) (m Mark, ok bool) {
	epoch, id, ok := strings.Cut(text, ".")
	if !ok || epoch == "" {
		return Mark{}, false
	}
	m.Epoch = epoch
	m.ID, ok = ParseID(id)
	return m, ok
}
