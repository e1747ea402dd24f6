package httpapi

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// fetch reads the pages of a call, each when it is asked for. Pages end where the API says so, never before: an answer that
// stops at a limit is an error, since what is computed over a part would look like the whole.
func (s *Source) fetch(ctx context.Context, c *call) iter.Seq2[*page, error] {
	return func(yield func(*page, error) bool) {
		w := &walk{paging: &c.spec.Paging}
		for w.pages < s.cfg.MaxPages {
			a, err := s.send(ctx, c, w.turn())
			if err != nil {
				yield(nil, err)
				return
			}
			p, err := split(a, c.spec)
			if err == nil {
				err = w.took(p, a, s)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(p, nil) || w.done {
				return
			}
		}
		yield(nil, limited("the data source has more than %d pages, which is the limit of one query", s.cfg.MaxPages))
	}
}

// walk is where in its pages a call is.
type walk struct {
	paging      *query.Paging
	pages       int
	rows, bytes int64
	cursor      string
	link        *url.URL
	done        bool
}

// turn is what the next page is asked for with.
func (w *walk) turn() turn {
	var out []field
	number := func(name string, n int64) {
		out = append(out, field{name: name, value: strconv.FormatInt(n, 10), number: true})
	}
	switch w.paging.Kind {
	case query.PagingPage:
		number(w.paging.Param, int64(w.paging.First+w.pages))
	case query.PagingOffset:
		number(w.paging.Param, w.rows)
	case query.PagingCursor:
		if w.cursor != "" {
			out = append(out, field{name: w.paging.Param, value: w.cursor})
		}
	}
	if w.paging.SizeParam != "" {
		number(w.paging.SizeParam, int64(w.paging.Size))
	}
	return turn{parameters: out, link: w.link}
}

// took notes a page and finds out whether there is another one.
func (w *walk) took(p *page, a *answer, s *Source) error {
	w.pages++
	w.rows += int64(len(p.rows))
	if w.bytes += p.bytes; w.bytes > s.cfg.MaxTotalBytes {
		return limited("the answers of the data source are larger than %d bytes together", s.cfg.MaxTotalBytes)
	}
	switch w.paging.Kind {
	case query.PagingNone:
		w.done = true
	case query.PagingCursor:
		w.done = p.next == ""
		if !w.done && p.next == w.cursor {
			return unreadable("the cursor of the next page is that of this one")
		}
		w.cursor = p.next
	case query.PagingLink:
		return w.follow(p, a, s)
	default:
		w.done = len(p.rows) == 0 || w.paging.Short && len(p.rows) < w.paging.Size
	}
	w.done = w.done || p.more != nil && !*p.more
	return w.count(p)
}

// count holds the rows against the number that the API says there are.
func (w *walk) count(p *page) error {
	if p.total == nil {
		return nil
	}
	if w.paging.Kind != query.PagingCursor && w.rows >= *p.total {
		w.done = true
	}
	if w.done && w.rows != *p.total {
		return fault.New(fault.Transient, "source_changed", "the data source changed while it was read", nil)
	}
	return nil
}

// follow takes the link to the next page.
func (w *walk) follow(p *page, a *answer, s *Source) error {
	link := p.next
	if len(w.paging.Next) == 0 {
		link = nextLink(a.header)
	}
	if link == "" {
		w.done = true
		return w.count(p)
	}
	base, _, err := s.base()
	if err != nil {
		return err
	}
	before := w.link
	if w.link, err = next(link, a.from.URL, base); err != nil {
		return err
	}
	if before != nil && before.String() == w.link.String() {
		return unreadable("the link to the next page is that of this one")
	}
	return w.count(p)
}

// nextLink returns the target of rel=next in Link headers (RFC 8288), or "".
func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for line != "" {
			_, rest, ok := strings.Cut(line, "<")
			if !ok {
				break
			}
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			var attributes string
			attributes, line = cutOutside(rest, ',')
			if isNext(attributes) {
				return target
			}
		}
	}
	return ""
}

// cutOutside cuts at the first separator outside of quotes.
func cutOutside(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// isNext looks for "next" among the relations of a link.
func isNext(attributes string) bool {
	for attributes != "" {
		var attribute string
		attribute, attributes = cutOutside(attributes, ';')
		name, value, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(relation, "next") {
				return true
			}
		}
	}
	return false
}
