package httpapi_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// attacks are values that would change a request if they were text of it.
func attacks() []string {
	return []string{
		"..", ".", "../", "../../etc/passwd", "/", "//", "//evil.example", "/..", "..;/", "a/b", `a\b`, `..\..`, "%2e%2e", "%2e%2e%2f", "..%2f", "%2f", "%252e%252e", "%5c", "%00",
		"", " ", "a b", "a+b", "a%20b", "?", "?a=b", "&", "a&admin=1", "a=b", "a;b=c", "#", "#x", "a#b", "@evil.example", ":80@evil.example", "http://evil.example/", "//evil.example:80/",
		"a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX", "\r\n\r\nGET /admin HTTP/1.1\r\nHost: evil", "a\x00b", "\x7f", "a\tb", "\u2028", "\u0085",
		`"`, `","admin":true,"x":"`, `"}]}`, `\"`, `\`, `{"$ne": null}`, "[1]", "null", "true", "1", "-1", "1e999", "NaN", "{tenant}", "{{tenant}}", "${tenant}", "{from:unix}", "%{tenant}",
		"' OR '1'='1", "; DROP TABLE posts; --", "<script>", "<!--", "]]>", "`id`", "$(id)", "|id", "*", "*)(uid=*", "日本語", "مرحبا", "🙂", "é", "e\u0301", "\u202e", "\ufeff", strings.Repeat("a", 2000),
	}
}

// sent is what arrived.
type sent struct {
	method, host, path string
	query              url.Values
	header             http.Header
	body               any
}

// recorder keeps the last request.
type recorder struct {
	mu   sync.Mutex
	last *sent
	n    int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s := &sent{method: q.Method, host: q.Host, path: q.URL.EscapedPath(), header: q.Header.Clone()}
	s.query, _ = url.ParseQuery(q.URL.RawQuery)
	text, _ := io.ReadAll(q.Body)
	_ = json.Unmarshal(text, &s.body)
	r.mu.Lock()
	r.last, r.n = s, r.n+1
	r.mu.Unlock()
	jsonOf(twoRows)(w, q)
}

func (r *recorder) take() *sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.last
	r.last = nil
	return s
}

// Whatever a value is, it arrives as that value in its place, or its widget is refused: path, parameters, headers and body have the
// shape that the catalog gives them.
func TestInjection(t *testing.T) {
	t.Parallel()
	got := &recorder{}
	base := serve(t, got.ServeHTTP)
	s := opened(t, base, httpapi.Config{Reuse: 1})
	shapes := map[string]func(*query.Call, query.Template){
		"path": func(c *query.Call, v query.Template) {
			c.Path = slices.Concat(template(t, "/v1/"), v, template(t, "/rows"))
		},
		"part of a path": func(c *query.Call, v query.Template) { c.Path = slices.Concat(template(t, "/v1/."), v) },
		"query":          func(c *query.Call, v query.Template) { c.Query[0].Value = v },
		"part of a query": func(c *query.Call, v query.Template) {
			c.Query[0].Value = slices.Concat(template(t, "a."), v, template(t, ".b"))
		},
		"header": func(c *query.Call, v query.Template) { c.Headers[0].Value = v },
		"body":   func(c *query.Call, v query.Template) { c.Body.(map[string]any)["q"] = v },
		"part of a body": func(c *query.Call, v query.Template) {
			c.Body.(map[string]any)["q"] = slices.Concat(template(t, "a."), v)
		},
		"list of a body": func(c *query.Call, v query.Template) { c.Body.(map[string]any)["list"] = []any{v} },
	}
	arrived := 0
	for _, place := range slices.Sorted(maps.Keys(shapes)) {
		for _, value := range attacks() {
			call := &query.Call{
				Method: http.MethodPost, Path: template(t, "/v1/rows"), Idempotent: true,
				Query: []query.CallField{{Name: "q", Value: template(t, "x")}}, Headers: []query.CallField{{Name: "X-Q", Value: template(t, "x")}},
				Body: map[string]any{"q": template(t, "x"), "n": json.Number("1")},
			}
			shapes[place](call, query.Template{{Param: "value"}})
			_, _, err := ask(t.Context(), s, counting(call, query.Param{Name: "value", Type: query.String, Value: value}))
			r := got.take()
			if err != nil {
				reason := fault.ReasonOf(err)
				if missing := reason == "missing_parameter" && value == "" && strings.Contains(place, "path"); reason != "bad_value" && !missing || r != nil {
					t.Errorf("%s: %q: %v", place, value, err)
				}
				continue
			}
			arrived++
			if want := expected(place, value); !same(r, want, base) {
				t.Errorf("%s: %q arrived as %+v, want %+v", place, value, r, want)
			}
		}
	}
	if most := len(attacks()) * len(shapes); arrived < most/2 || len(attacks())*len(shapes) < 500 {
		t.Errorf("%d of %d values arrived", arrived, most)
	}
	if strings.Contains(base, "evil") || got.n < arrived {
		t.Errorf("%d requests for %d answers", got.n, arrived)
	}
}

// expected is the request of a value in its place.
func expected(place, value string) *sent {
	s := &sent{
		method: http.MethodPost, path: "/v1/rows", query: url.Values{"q": {"x"}}, header: http.Header{"X-Q": {"x"}}, body: map[string]any{"q": "x", "n": 1.0},
	}
	body := s.body.(map[string]any)
	switch place {
	case "path":
		s.path = "/v1/" + url.PathEscape(value) + "/rows"
	case "part of a path":
		s.path = "/v1/." + url.PathEscape(value)
	case "query":
		s.query.Set("q", value)
	case "part of a query":
		s.query.Set("q", "a."+value+".b")
	case "header":
		s.header.Set("X-Q", strings.Trim(value, " ")) // as the protocol has it
	case "body":
		body["q"] = value
	case "part of a body":
		body["q"] = "a." + value
	case "list of a body":
		body["list"] = []any{value}
	}
	if value == "" { // no value
		switch place {
		case "query", "part of a query":
			s.query.Del("q")
		case "header":
			s.header.Del("X-Q")
		case "body", "part of a body":
			delete(body, "q")
		case "list of a body":
			body["list"] = []any{}
		}
	}
	return s
}

// same compares all that a value could have changed.
func same(got, want *sent, base string) bool {
	if got == nil || got.method != want.method || got.path != want.path || "http://"+got.host != base || !reflect.DeepEqual(got.query, want.query) || !reflect.DeepEqual(got.body, want.body) {
		return false
	}
	names := slices.Sorted(maps.Keys(got.header))
	usual := []string{"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent"}
	if want.header.Get("X-Q") != "" || len(want.header) > 0 {
		usual = append(usual, "X-Q")
	}
	return slices.Equal(names, usual) && got.header.Get("X-Q") == want.header.Get("X-Q") && strings.Count(got.path, "/") == strings.Count(want.path, "/")
}
