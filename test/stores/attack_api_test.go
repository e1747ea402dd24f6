package stores

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// apiCatalog asks an API with values of requests in every place that a request to it has: path, query, headers and body. By its number no request is
// another, whose answer would do.
const apiCatalog = `version: 1
sources:
  api: {kind: http, url_file: %q, allow_private: true, reuse: 1ns, connections: 16}
datasets:
  in_path: {source: api, tenant: {parameter: company_id, pattern: '(?s).*'}, parameters: {word: {default: none}, n: {type: int}}, dimensions: {text: {}}, measures: {rows: {agg: count}},
    request: {path: "/p/{tenant}/{word}/rows", query: {n: "{n}"}, rows: items}}
  in_query: {like: in_path, parameters: {word: {default: none}, n: {type: int}}, request: {path: /q/rows, query: {fixed: "1", n: "{n}", tenant: "{tenant}", word: "w.{word}", text: "{filter.text}", csv: "{filter.text:csv}"}, rows: items}}
  in_header: {like: in_path, parameters: {word: {default: none}, n: {type: int}}, request: {path: /h/rows, query: {n: "{n}"}, headers: {X-Tenant: "{tenant}", X-Word: "w.{word}", X-Text: "{filter.text:one}"}, rows: items}}
  in_body: {like: in_path, parameters: {word: {default: none}, n: {type: int}}, request: {method: POST, path: /b/rows, query: {n: "{n}"}, rows: items,
    body: {fixed: {a: 1}, tenant: "{tenant}", word: "w.{word}", texts: "{filter.text}", list: [{text: "{filter.text:one}"}]}}}
pages:
  P: {widgets: {path: {kind: stat, dataset: in_path, measures: [rows]}, query: {kind: stat, dataset: in_query, measures: [rows]},
    header: {kind: stat, dataset: in_header, measures: [rows]}, body: {kind: stat, dataset: in_body, measures: [rows]}}}
`

// arrival is a request as it came to the API, in words: whatever could be changed by a value is in it.
type arrival struct {
	Line    string
	Query   url.Values
	Headers http.Header
	Body    any
}

// recorder is an API that keeps what it was asked.
type recorder struct {
	mu  sync.Mutex
	got map[string][]arrival // by the first segment of the path
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	a := arrival{Line: q.Method + " " + q.Host + " " + q.URL.EscapedPath(), Headers: q.Header.Clone()}
	a.Query, _ = url.ParseQuery(q.URL.RawQuery)
	for _, usual := range []string{"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent", "Traceparent"} {
		a.Headers.Del(usual)
	}
	if text, _ := io.ReadAll(q.Body); len(text) > 0 && json.Unmarshal(text, &a.Body) != nil {
		a.Body = "no JSON: " + string(text)
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(q.URL.EscapedPath(), "/"), "/")
	r.mu.Lock()
	r.got[kind] = append(r.got[kind], a)
	r.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"items":[]}`)
}

func (r *recorder) take() map[string][]arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.got
	r.got = make(map[string][]arrival)
	return out
}

// Whatever stands in a request, an API gets the call that the catalog writes, with the value in its place, or it is not asked.
func TestAttacksThroughAnAPI(t *testing.T) {
	t.Parallel()
	api := &recorder{got: make(map[string][]arrival)}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	pages := over(t, t.TempDir(), fmt.Sprintf(apiCatalog, urlFile(t, server.URL)))
	arrived, refused := make(map[string]int), make(map[string]int)
	n := 0
	for _, a := range corpus(t) {
		for name, template := range map[string]string{
			"tenant": `"company_id":%s`, "word": `"company_id":"acme","word":%s`, "filter": `"company_id":"acme","filters":{"text":[%s]}`,
		} {
			n++ // each is another question: the answer of the one before may be at hand still
			raw := a.raw(t)
			where := fmt.Sprintf("%s %.80q as the %s", a.Kind, raw, name)
			outcomes, err := askAPI(t.Context(), pages, fmt.Sprintf(`{"eventName":"explore_go_dispatcher","eventData":{"routing_key":"r","n":%d,`+template+`}}`, n, raw))
			got := api.take()
			if err != nil {
				if len(got) > 0 {
					t.Errorf("%s is refused, and the API was asked %v", where, got)
				}
				continue
			}
			values := map[string]string{"n": strconv.Itoa(n), "tenant": "acme", "word": "none"}
			text, plain := a.text()
			switch {
			case plain && name == "tenant": // ids are taken without the space around them
				values[name] = strings.TrimSpace(text)
			case plain && text != "": // an empty text says nothing: the word is the default, and nothing is filtered
				values[name] = text
			case !plain && len(got["q"]) == 1: // a number, say: what it becomes is the same everywhere
				q := got["q"][0].Query
				values = map[string]string{"n": strconv.Itoa(n), "tenant": q.Get("tenant"), "word": strings.TrimPrefix(q.Get("word"), "w.")}
				if q.Has("text") {
					values["filter"] = q.Get("text")
				}
			}
			for place, widget := range map[string]string{"p": "path", "q": "query", "h": "header", "b": "body"} {
				key := name + " in the " + widget
				switch calls := got[place]; {
				case outcomes[widget] != nil:
					refused[key]++
					if reason := fault.ReasonOf(outcomes[widget]); len(calls) > 0 || !slices.Contains([]string{"bad_value", "missing_parameter"}, reason) {
						t.Errorf("%s: %s: %d requests, %v", where, widget, len(calls), outcomes[widget])
					}
				case len(calls) != 1:
					t.Errorf("%s: %s: %d requests", where, widget, len(calls))
				default:
					if want := called(server.Listener.Addr().String(), place, values); !reflect.DeepEqual(calls[0], want) {
						t.Errorf("%s: %s:\ngot  %+v\nwant %+v", where, widget, calls[0], want)
					}
					arrived[key]++
				}
			}
			for place := range got {
				if !strings.Contains("pqhb", place) || len(place) != 1 {
					t.Errorf("%s: the API was asked for %v", where, got[place])
				}
			}
		}
	}
	t.Logf("arrived in their places %v, refused %v", arrived, refused)
	for _, name := range []string{"tenant", "word", "filter"} {
		for _, widget := range []string{"path", "query", "header", "body"} {
			// No path can have what a request may leave out.
			if key := name + " in the " + widget; key != "filter in the path" && arrived[key] < fewestAttacks {
				t.Errorf("%s: %d attacks arrived, want at least %d", key, arrived[key], fewestAttacks)
			}
		}
	}
}

// askAPI computes the page and returns how each widget ended; the error is that of the request as a whole.
func askAPI(ctx context.Context, pages *app.Pages, payload string) (map[string]error, error) {
	req, err := models.Decoder{}.Decode(payload)
	if err != nil {
		return nil, err
	}
	s := pages.Snapshot()
	p, err := plan.Build(req, s.Catalog.Pages["P"], s.Catalog, attackedAt())
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	out := make(map[string]error)
	return out, s.Engine.Run(ctx, p, func(string) bool { return false }, func(_ context.Context, w *plan.Widget, _ *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		out[w.ID] = err
		return nil
	})
}

// called is the call of a dataset of apiCatalog with values in it, as it has to arrive.
func called(host, place string, values map[string]string) arrival {
	tenant, word := values["tenant"], values["word"]
	filter, filtered := values["filter"]
	a := arrival{Line: "GET " + host + " /" + place + "/rows", Query: url.Values{"n": {values["n"]}}, Headers: http.Header{}}
	switch place {
	case "p":
		a.Line = "GET " + host + " /p/" + url.PathEscape(tenant) + "/" + url.PathEscape(word) + "/rows"
	case "q":
		maps.Copy(a.Query, url.Values{"fixed": {"1"}, "tenant": {tenant}, "word": {"w." + word}})
		if filtered {
			a.Query["text"] = []string{filter}
		}
		if filtered && !strings.Contains(filter, ",") {
			a.Query["csv"] = []string{filter}
		}
	case "h":
		a.Headers = http.Header{"X-Tenant": {strings.Trim(tenant, " ")}, "X-Word": {strings.TrimRight("w."+word, " ")}} // as the protocol has it
		if filtered {
			a.Headers["X-Text"] = []string{strings.Trim(filter, " ")}
		}
	case "b":
		a.Line = "POST " + host + " /b/rows"
		body := map[string]any{"fixed": map[string]any{"a": 1.0}, "tenant": tenant, "word": "w." + word, "list": []any{map[string]any{}}}
		if filtered {
			body["texts"], body["list"] = []any{filter}, []any{map[string]any{"text": filter}}
		}
		a.Body = body
	}
	return a
}
