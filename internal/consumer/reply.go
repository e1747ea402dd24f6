package consumer

import (
	"errors"
	"io"
	"strconv"
	"unsafe"
)

// reply takes the server's plain reply to XREADGROUP as the driver hands it on: line by line, and the contents of texts through ReadFrom. Texts
// lie one behind the other in blocks, which costs a fraction of the driver's lists of values. A block stays as long as one of its entries does.
type reply struct {
	parts []part
	block []byte // its free end
	// empty says that there was nothing to read; refused that the reply is an error.
	empty, refused bool
}

// part is a text, or the length of a list.
type part struct {
	text string
	list int // -1 for a text
}

// Blocks of texts, and what is too large for one.
const (
	blockSize = 32 << 10
	largeText = 4 << 10
)

var (
	_        io.Writer     = (*reply)(nil)
	_        io.ReaderFrom = (*reply)(nil)
	errReply               = errors.New("consumer: the server's reply to XREADGROUP is not of the expected shape")
)

func (r *reply) reset() {
	clear(r.parts)
	r.parts, r.empty, r.refused = r.parts[:0], false, false
}

// Write takes the line that begins a value, and line ends.
func (r *reply) Write(line []byte) (int, error) {
	text := line
	for len(text) > 0 && text[len(text)-1] <= '\r' {
		text = text[:len(text)-1]
	}
	if len(text) == 0 {
		return len(line), nil
	}
	switch n, err := strconv.Atoi(string(text[1:])); {
	case text[0] == '-' && len(r.parts) == 0:
		r.refused = true
	case (text[0] == '*' || text[0] == '$') && n < 0 && len(r.parts) == 0:
		r.empty = true
	case text[0] == '*' && err == nil && n >= 0:
		r.parts = append(r.parts, part{list: n})
	case text[0] == '$' && err == nil && n >= 0: // its content follows
	default:
		return 0, errReply
	}
	return len(line), nil
}

// ReadFrom takes the content of a text with the end of its line.
func (r *reply) ReadFrom(from io.Reader) (int64, error) {
	limited, ok := from.(*io.LimitedReader)
	if !ok || limited.N < 2 {
		return 0, errReply
	}
	size := int(limited.N)
	if size > len(r.block) && size <= largeText {
		r.block = make([]byte, blockSize)
	}
	var b []byte
	if size > largeText {
		b = make([]byte, size)
	} else {
		b, r.block = r.block[:size], r.block[size:]
	}
	n, err := io.ReadFull(limited, b)
	// Nobody writes there any more.
	r.parts = append(r.parts, part{text: unsafe.String(unsafe.SliceData(b), size-2), list: -1})
	return int64(n), err
}

// add takes a reply as the driver's own lists.
func (r *reply) add(value any) {
	switch v := value.(type) {
	case []any:
		r.parts = append(r.parts, part{list: len(v)})
		for _, value := range v {
			r.add(value)
		}
	case string:
		r.parts = append(r.parts, part{text: v, list: -1})
	}
}

// entries reads the reply for one stream: its name, and a list of ids with their fields.
func (r *reply) entries() ([]*Entry, error) {
	parts, sound := r.parts, true
	list := func() (n int) {
		if !sound || len(parts) == 0 || parts[0].list < 0 || parts[0].list > len(parts) {
			sound = false
			return 0
		}
		n, parts = parts[0].list, parts[1:]
		return n
	}
	text := func() (s string) {
		if !sound || len(parts) == 0 || parts[0].list >= 0 {
			sound = false
			return ""
		}
		s, parts = parts[0].text, parts[1:]
		return s
	}
	sound = list() == 1 && list() == 2
	text() // the stream's name
	n := list()
	entries, texts := make([]*Entry, 0, n), make([]string, 0, len(parts))
	for range n {
		pair, id := list(), text()
		first := len(texts)
		for range list() {
			texts = append(texts, text())
		}
		sound = sound && pair == 2
		entries = append(entries, newEntry(id, texts[first:len(texts):len(texts)], 1))
	}
	if !sound || len(parts) > 0 {
		return nil, errReply
	}
	return entries, nil
}
