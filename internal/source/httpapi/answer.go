package httpapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// page is what one answer holds: its rows, each as it came, and what it says of further ones.
type page struct {
	rows  []jsontext.Value
	next  string // a cursor or a link; empty for none
	more  *bool
	total *int64
	bytes int64
}

// split takes an answer apart, in one pass over the whole of it.
func split(a *answer, spec *query.Call) (*page, error) {
	p := &page{bytes: int64(len(a.body))}
	if a.none {
		return p, nil
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	if head := bytes.TrimLeft(a.body, "\ufeff \t\r\n"); kind == "text/html" || bytes.HasPrefix(head, []byte("<")) {
		return nil, unreadable("the answer is no JSON, but HTML or XML")
	}
	if isLines(kind) {
		if len(spec.Rows) > 0 {
			return nil, mismatch("it is JSON lines, which have no %s", strings.Join(spec.Rows, "."))
		}
		return p, p.lines(a.body)
	}
	s := &splitter{page: p, body: a.body, dec: jsontext.NewDecoder(bytes.NewReader(a.body)), spec: spec}
	if err := s.value(nil); err != nil {
		return nil, s.fault(err)
	}
	if _, err := s.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, s.fault(errors.New("something follows the document"))
	}
	if !s.found {
		return nil, mismatch("it has no %s", strings.Join(spec.Rows, "."))
	}
	return p, nil
}

// isLines says whether a media type is that of one JSON value a line.
func isLines(kind string) bool {
	return slices.Contains([]string{"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines", "application/x-json-stream"}, kind)
}

func (p *page) lines(body []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		v, err := dec.ReadValue()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreadable("the answer is no sound JSON lines (byte %d of %d)", dec.InputOffset(), len(body))
		}
		if v.Kind() != '{' {
			return mismatch("row %d is no object", len(p.rows)+1)
		}
		end := dec.InputOffset()
		p.rows = append(p.rows, body[end-int64(len(v)):end])
	}
}

// splitter walks through a document as far as the catalog's keys lead.
type splitter struct {
	*page
	body  []byte
	dec   *jsontext.Decoder
	spec  *query.Call
	found bool // the rows
}

// wrong is an error of a document that is sound JSON.
type wrong struct{ error }

// fault makes an error of the decoder, which quotes what it read, one that does not.
func (s *splitter) fault(err error) error {
	if w, ok := errors.AsType[wrong](err); ok {
		return w.error
	}
	return unreadable("the answer is no sound JSON document (byte %d of %d)", s.dec.InputOffset(), len(s.body))
}

// value reads the value at a path.
func (s *splitter) value(path []string) error {
	if slices.Equal(path, s.spec.Rows) {
		s.found = true
		return s.list()
	}
	paging := &s.spec.Paging
	for _, known := range []struct {
		at   []string
		take func(jsontext.Value) bool
	}{{paging.Next, s.takeNext}, {paging.More, s.takeMore}, {paging.Total, s.takeTotal}} {
		if len(known.at) > 0 && slices.Equal(path, known.at) {
			v, err := s.dec.ReadValue()
			if err == nil && !known.take(v) {
				return wrong{mismatch("%s has another type than it must", strings.Join(path, "."))}
			}
			return err
		}
	}
	if s.dec.PeekKind() != '{' || !s.leads(path) {
		return s.dec.SkipValue()
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	for s.dec.PeekKind() != '}' {
		name, err := s.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := s.value(append(slices.Clip(path), name.String())); err != nil {
			return err
		}
	}
	_, err := s.dec.ReadToken()
	return err
}

// leads says whether something of interest is below a path.
func (s *splitter) leads(path []string) bool {
	for _, to := range [][]string{s.spec.Rows, s.spec.Paging.Next, s.spec.Paging.More, s.spec.Paging.Total} {
		if len(to) > len(path) && slices.Equal(to[:len(path)], path) {
			return true
		}
	}
	return false
}

// list reads the rows: a list of objects, one object, or null for none.
func (s *splitter) list() error {
	switch s.dec.PeekKind() {
	case '{':
		return s.row()
	case 'n':
		return s.dec.SkipValue()
	case '[':
	default:
		return s.otherwise("%s is no list of objects", strings.Join(append([]string{"$"}, s.spec.Rows...), "."))
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	for s.dec.PeekKind() != ']' {
		if s.dec.PeekKind() != '{' {
			return s.otherwise("row %d is no object", len(s.rows)+1)
		}
		if err := s.row(); err != nil {
			return err
		}
	}
	_, err := s.dec.ReadToken()
	return err
}

// otherwise is an error of the document, unless it is no JSON at all from here.
func (s *splitter) otherwise(format string, args ...any) error {
	if err := s.dec.SkipValue(); err != nil {
		return err
	}
	return wrong{mismatch(format, args...)}
}

func (s *splitter) row() error {
	v, err := s.dec.ReadValue()
	if err != nil {
		return err
	}
	end := s.dec.InputOffset()
	s.rows = append(s.rows, s.body[end-int64(len(v)):end])
	return nil
}

func (s *splitter) takeNext(v jsontext.Value) bool {
	switch v.Kind() {
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		s.next = string(text)
		return err == nil
	case '0':
		s.next = string(v)
		return true
	default:
		return v.Kind() == 'n' || v.Kind() == 'f'
	}
}

func (s *splitter) takeMore(v jsontext.Value) bool {
	if v.Kind() == 'n' {
		return true
	}
	more := v.Kind() == 't'
	s.more = &more
	return more || v.Kind() == 'f'
}

func (s *splitter) takeTotal(v jsontext.Value) bool {
	if v.Kind() == 'n' {
		return true
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	s.total = &n
	return err == nil && n >= 0
}
