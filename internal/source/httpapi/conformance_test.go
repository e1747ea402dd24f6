package httpapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/httpapi"
	"github.com/go-dispatcher/dispatcher/internal/source/sourcetest"
)

// The API of these tests is one of our own, on loopback: it serves rows in pages, of every kind there is.

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, overPages(query.PagingCursor, 5))
}

func TestRandomQuestions(t *testing.T) {
	t.Parallel()
	sourcetest.Random(t, overPages(query.PagingOffset, 64), 500)
}

// overPages opens a source over an API that serves rows, so many at a time.
func overPages(kind string, size int) sourcetest.Open {
	return func(t *testing.T, rows []sourcetest.Row) (source.Source, query.Relation) {
		t.Helper()
		url := serve(t, pagesOf(kind, size, encoded(t, rows)))
		call := &query.Call{Method: http.MethodGet, Path: template(t, "/v1/rows"), Rows: []string{"data", "items"}, Paging: query.Paging{Kind: kind}}
		switch p := &call.Paging; kind {
		case query.PagingPage:
			p.Param, p.First, p.SizeParam, p.Size = "page", 1, "per_page", size
		case query.PagingOffset:
			p.Param, p.SizeParam, p.Size, p.Total = "offset", "limit", size, []string{"data", "total"}
		case query.PagingCursor:
			p.Param, p.SizeParam, p.Size, p.Next = "after", "first", size, []string{"meta", "next"}
		}
		return opened(t, url, httpapi.Config{}), query.Relation{Call: call}
	}
}

// encoded writes rows as JSON objects.
func encoded(t *testing.T, rows []sourcetest.Row) []json.RawMessage {
	t.Helper()
	out := make([]json.RawMessage, len(rows))
	for i, r := range rows {
		object := map[string]any{"not": map[string]any{"needed": []any{1, "x"}}}
		for name, v := range r {
			if at, ok := v.(time.Time); ok {
				v = at.Format("2006-01-02T15:04:05.999999")
			}
			object[name] = v
			if v == nil && i%2 == 0 {
				delete(object, name) // missing is null
			}
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = text
	}
	return out
}

// pagesOf serves rows in pages of a size, whatever size is asked for.
func pagesOf(kind string, size int, rows []json.RawMessage) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from := 0
		switch kind {
		case query.PagingNone:
			size = len(rows)
		case query.PagingPage:
			n, _ := strconv.Atoi(q.Get("page"))
			from = (n - 1) * size
		case query.PagingOffset:
			from, _ = strconv.Atoi(q.Get("offset"))
		case query.PagingCursor:
			if cursor := q.Get("after"); cursor != "" {
				text, err := base64.StdEncoding.DecodeString(cursor)
				if err != nil {
					http.Error(w, "bad cursor", http.StatusBadRequest)
					return
				}
				from, _ = strconv.Atoi(string(text))
			}
		case query.PagingLink:
			from, _ = strconv.Atoi(q.Get("from"))
		}
		from = min(max(0, from), len(rows))
		to := min(from+size, len(rows))
		data := map[string]any{"items": append([]json.RawMessage{}, rows[from:to]...), "total": len(rows)}
		meta := map[string]any{}
		if to < len(rows) {
			meta["next"] = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to)))
			w.Header().Set("Link", fmt.Sprintf(`</v1/rows?from=%d>; title="a, b"; rel="next", </v1/rows>; rel=first`, to))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": meta, "data": data})
	}
}
