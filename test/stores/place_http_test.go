package stores

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// overHTTP serves the rows in pages, as an API of a product would: a server of the test's own, since there is no API of a user's to be
// had. It is asked for all rows, and restricts them in nothing: what a widget counts is the source's work.
func overHTTP(t *testing.T, s *set) placed {
	t.Helper()
	rows := make([]json.RawMessage, len(s.rows))
	for i, r := range s.rows {
		raw, err := models.Marshal(s.object(r, i%2 == 0))
		if err != nil {
			t.Fatal(err)
		}
		rows[i] = raw
	}
	const mostPages = 50
	size := max(100, (len(rows)+mostPages-1)/mostPages)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/v1/rows" {
			http.Error(w, "nothing else is here", http.StatusNotFound)
			return
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		to := min(from+size, len(rows))
		page := map[string]any{"data": map[string]any{"items": rows[from:to]}}
		if to < len(rows) {
			page["next"] = strconv.Itoa(to)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(page) // whoever asked may be gone
	}))
	t.Cleanup(server.Close)
	return placed{
		source: fmt.Sprintf("{kind: http, url_file: %q, allow_private: true}", urlFile(t, server.URL)),
		relation: func(string) string {
			return "request: {path: /v1/rows, rows: data.items, paging: {kind: cursor, param: cursor, next: next}}"
		},
		holds: func(*testing.T) []string { return []string{strconv.Itoa(len(rows))} },
	}
}
