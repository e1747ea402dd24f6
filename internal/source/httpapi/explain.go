package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// Explain returns the request of the first page as the catalog writes it, with the values in the order of its placeholders. The base URL
// and the credentials are not in it.
func (s *Source) Explain(_ context.Context, q *query.Query) (source.Native, error) {
	c, err := fill(q)
	if err != nil {
		return source.Native{}, err
	}
	var b strings.Builder
	path := c.spec.Path.String()
	b.WriteString(c.spec.Method + " " + path)
	if path == "" {
		b.WriteString("/")
	}
	separator := "?"
	parameter := func(name, value string) {
		b.WriteString(separator + name + "=" + value)
		separator = "&"
	}
	for i, f := range c.query {
		if i == 0 || c.query[i-1].name != f.name { // once for a list
			parameter(f.name, f.written.String())
		}
	}
	first := (&walk{paging: &c.spec.Paging}).turn().parameters
	body := c.shown
	if c.spec.Paging.InBody {
		if body, err = with(body, first); err != nil {
			return source.Native{}, err
		}
	} else {
		for _, f := range first {
			parameter(f.name, f.value)
		}
	}
	for _, h := range c.headers {
		b.WriteString("\n" + h.name + ": " + h.written.String())
	}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return source.Native{}, fault.New(fault.Permanent, "source_error", textError, err)
		}
		b.WriteString("\n\n" + string(text))
	}
	return source.Native{Language: "http", Text: b.String(), Args: c.args, Notes: s.notes(c)}, nil
}

func (s *Source) notes(c *call) []string {
	out := []string{"the path follows the URL of the source, which is not shown"}
	switch p := c.spec.Paging; p.Kind {
	case query.PagingNone:
	case query.PagingPage, query.PagingOffset:
		out = append(out, fmt.Sprintf("pages by %s, up to %d of them", p.Param, s.cfg.MaxPages))
	case query.PagingCursor:
		out = append(out, fmt.Sprintf("pages by the cursor at %s, up to %d of them", strings.Join(p.Next, "."), s.cfg.MaxPages))
	case query.PagingLink:
		at := "its Link header"
		if len(p.Next) > 0 {
			at = strings.Join(p.Next, ".")
		}
		out = append(out, fmt.Sprintf("pages by the link at %s, up to %d of them", at, s.cfg.MaxPages))
	}
	if !c.again() {
		out = append(out, "sent once: the catalog does not say that it is idempotent")
	}
	return append(out, "tenant, range, filters, groups and aggregates are computed locally over the rows that come")
}
