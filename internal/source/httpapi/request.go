package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// turn is what one page adds to a call: parameters by name, or the URL that the page before gave.
type turn struct {
	parameters []field
	link       *url.URL
}

// request makes the request of one page.
func (c *call) request(ctx context.Context, base *url.URL, t turn) (*http.Request, error) {
	u := *base
	if c.path != "" {
		escaped := strings.TrimSuffix(base.EscapedPath(), "/") + c.path
		path, err := url.PathUnescape(escaped)
		if err != nil {
			return nil, fault.New(fault.Permanent, "source_config", "the data source's URL has a path that cannot be read", nil)
		}
		u.Path, u.RawPath = path, escaped
	}
	body := c.body
	pairs := c.query
	switch {
	case t.link != nil:
		u = *t.link
		pairs = nil
	case c.spec.Paging.InBody:
		var err error
		if body, err = with(body, t.parameters); err != nil {
			return nil, err
		}
	default:
		pairs = append(slices.Clip(pairs), t.parameters...)
	}
	u.RawQuery = joined(u.RawQuery, pairs)
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fault.New(fault.Permanent, "source_error", textError, fmt.Errorf("httpapi: body: %w", err))
		}
		content = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, c.spec.Method, u.String(), content)
	if err != nil {
		return nil, fault.New(fault.Permanent, "source_config", "the data source's URL cannot be used", nil) // the error would quote it
	}
	r.Header.Set("Accept", "application/json, application/x-ndjson;q=0.9")
	r.Header.Set("User-Agent", "dispatcher")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range c.headers {
		r.Header.Set(h.name, h.value)
	}
	return r, nil
}

// joined adds parameters to a query as it is written.
func joined(raw string, pairs []field) string {
	var b strings.Builder
	b.WriteString(raw)
	for _, p := range pairs {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value))
	}
	return b.String()
}

// with returns a body with further keys, dots leading into its objects. The body itself stays as it is.
func with(body any, parameters []field) (any, error) {
	for _, p := range parameters {
		var value any = p.value
		if p.number {
			value = json.Number(p.value)
		}
		var ok bool
		if body, ok = set(body, strings.Split(p.name, "."), value); !ok {
			return nil, fault.New(fault.Permanent, "source_error", textError, fmt.Errorf("httpapi: the body has no object for %s", p.name))
		}
	}
	return body, nil
}

func set(body any, path []string, value any) (any, bool) {
	object, ok := body.(map[string]any)
	if body != nil && !ok {
		return nil, false
	}
	out := make(map[string]any, len(object)+1)
	maps.Copy(out, object)
	if len(path) > 1 {
		if value, ok = set(object[path[0]], path[1:], value); !ok {
			return nil, false
		}
	}
	out[path[0]] = value
	return out, true
}

// next returns the URL of the next page as the page before gives it, which must be within the API's origin.
func next(text string, from, base *url.URL) (*url.URL, error) {
	u, err := from.Parse(text)
	if err != nil || u.Opaque != "" {
		return nil, unreadable("the link to the next page is no URL")
	}
	u.User, u.Fragment = nil, ""
	if !origins(u, base) {
		return nil, fault.New(fault.Permanent, "source_redirect", "the data source's next page is at another place", nil)
	}
	return u, nil
}
