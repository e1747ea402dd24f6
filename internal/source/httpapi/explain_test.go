package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
)

// Explain shows what is sent as the catalog writes it, and the values by position.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := openedAs(t, httpapi.Config{URL: httpapi.Text("https://example.com/secret-path?key=secret")})
	call := &query.Call{
		Method: http.MethodPost, Path: piece("/v1/{language}/rows"), Headers: []query.CallField{{Name: "Accept-Language", Value: piece("{language}")}},
		Query: []query.CallField{
			{Name: "from", Value: piece("{from:unix}")}, {Name: "none", Value: piece("{none}")}, {Name: "channel", Value: piece("{filter.channel}")}, {Name: "all", Value: piece("1")},
		},
		Body: map[string]any{"z": piece("{zone}"), "a": piece("{id}"), "none": piece("{none}"), "n": json.Number("1")}, Rows: []string{"items"},
		Paging: query.Paging{Kind: query.PagingCursor, Param: "after", Next: []string{"meta", "next"}, SizeParam: "first", Size: 100},
	}
	q := counting(call, params()...)
	q.Where = filter("the_channel", query.In, "mail", "; DROP")
	got, err := s.Explain(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	const want = "POST /v1/{language}/rows?from={from:unix}&channel={filter.channel}&all=1&first=100\nAccept-Language: {language}\n\n" +
		`{"a":"{id}","n":1,"z":"{zone}"}`
	if diff := cmp.Diff(want, got.Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]any{"ar", int64(1030827600), []any{"mail", "; DROP"}, "ar", int64(9007199254740993), "Asia/Riyadh"}, got.Args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	if got.Language != "http" || !slices.Contains(got.Notes, "sent once: the catalog does not say that it is idempotent") ||
		!slices.Contains(got.Notes, "pages by the cursor at meta.next, up to 100 of them") {
		t.Errorf("%+v", got)
	}
	bad := counting(&query.Call{Method: http.MethodGet, Path: piece("/v1/{tenant}")}, params()...)
	if _, err := s.Explain(t.Context(), bad); fault.ReasonOf(err) != "bad_value" {
		t.Errorf("a value that cannot be sent: %v", err)
	}
}

// Whatever goes wrong, no secret is in an error or in what is explained: not in its words, and not as it was sent.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	const canary = "c4nary/&s3cret"
	forms := []string{canary, "c4nary", "s3cret", "YzRuYXJ5"} // the last as Basic has it
	echo := func(w http.ResponseWriter, r *http.Request) {    // what some gateways do with a request that they refuse
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, "%v %v", r.URL, r.Header)
	}
	bad := func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%v %v", r.URL, r.Header)
	}
	wrong := func(w http.ResponseWriter, r *http.Request) {
		jsonOf(fmt.Sprintf(`[{"n": %q}]`, r.Header.Get("Authorization")+r.URL.RawQuery))(w, r)
	}
	handlers := map[string]http.HandlerFunc{
		"echo": echo, "bad": bad, "wrong": wrong, "html": text("text/html", canary), "reset": reset, "cut": cut, "denied": status(401), "down": status(503),
		"redirect": status(307, "Location", "http://127.0.0.1:1/?key="+canary), "link": status(200, "Link", "<http://127.0.0.1:1/"+canary+">; rel=next"), "header": status(200, "X", strings.Repeat("x", 1<<20)),
	}
	auths := map[string]httpapi.Auth{
		"none": nil, "bearer": &httpapi.Bearer{Token: httpapi.Text(canary)}, "basic": &httpapi.Basic{User: httpapi.Text(canary), Password: httpapi.Text(canary)},
		"key": &httpapi.APIKey{Header: "X-Key", Value: httpapi.Text(canary)}, "query": &httpapi.APIKey{Query: "key", Value: httpapi.Text(canary)},
	}
	seen := 0
	check := func(what string, err error, s *httpapi.Source, q *query.Query) {
		native, _ := s.Explain(t.Context(), q)
		explained, _ := json.Marshal(native)
		for _, form := range forms {
			if all := fmt.Sprintf("%v %+v %s %s", err, err, fault.SafeText(err), explained); strings.Contains(all, form) {
				t.Errorf("%s: %s", what, all)
			}
		}
		if err != nil {
			seen++
		}
	}
	for how, handler := range handlers {
		url := serve(t, handler)
		for who, auth := range auths {
			call := get(t)
			call.Paging.Kind = query.PagingLink
			at := url + "/?fixed=c4nary"
			if auth == nil {
				at = strings.Replace(at, "//", "//c4nary:s3cret@", 1)
			}
			s := opened(t, at, httpapi.Config{Auth: auth})
			_, _, err := ask(t.Context(), s, counting(call))
			check(how+" "+who, err, s, counting(call))
			check(how+" "+who+" ping", s.Ping(t.Context()), s, counting(call))
		}
		s := opened(t, url, httpapi.Config{Auth: &httpapi.OAuth2{TokenURL: httpapi.Text(url + "/c4nary"), ID: httpapi.Text(canary), Secret: httpapi.Text(canary)}})
		_, _, err := ask(t.Context(), s, counting(get(t)))
		check(how+" oauth2", err, s, counting(get(t)))
	}
	for _, at := range []string{"http://c4nary:s3cret@[::1", "ht tp://s3cret@c4nary", "http://c4nary%zz/", "http://127.0.0.1:1/c4nary?s3cret", "http://127.0.0.1:99999/s3cret"} {
		s := opened(t, at, httpapi.Config{})
		_, _, err := ask(t.Context(), s, counting(get(t)))
		check(at, err, s, counting(get(t)))
		check(at+" ping", s.Ping(t.Context()), s, counting(get(t)))
	}
	if seen < len(handlers)*len(auths) {
		t.Errorf("%d errors", seen)
	}
}

// Health is what its path says, or whether there is a connection.
func TestPing(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/base/healthz" || r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	auth := &httpapi.Bearer{Token: httpapi.Text("t")}
	if err := opened(t, url+"/base", httpapi.Config{Health: "/healthz", Auth: auth}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := opened(t, url, httpapi.Config{Health: "/healthz", Auth: auth}).Ping(t.Context()); fault.ReasonOf(err) != "source_unavailable" {
		t.Errorf("not well: %v", err)
	}
	if err := opened(t, url, httpapi.Config{}).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
