package server

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheServerServesWhatItDocuments walks both listeners as they are assembled: each address is an operation of the document that the listener serves, and
// each operation is served.
func TestTheServerServesWhatItDocuments(t *testing.T) {
	t.Parallel()
	env := settings(t)
	s := serve(t, env)
	public, admin := "http://127.0.0.1:"+env["PORT"], "http://127.0.0.1:"+env["APP_GATEWAY_ADMIN_PORT"]
	api, desk := operationsOf(t, public+"/openapi.json"), operationsOf(t, admin+"/admin/v1/openapi.json")
	// The pages of the dashboard and what they load are no API; what no address takes is refused by "/".
	pages := []string{"GET /{$}", "GET /d/{page}", "GET /assets/{file}", "/"}
	served := s.http.Patterns()
	for _, pattern := range served {
		if !slices.Contains(api, pattern) && !slices.Contains(pages, pattern) {
			t.Errorf("%s is not in the document", pattern)
		}
	}
	notServed(t, "the document", api, served)
	asked(t, public, api)

	served = s.admin.http.Patterns()
	for _, pattern := range served {
		// The session, health and readiness are those of the other listener, too.
		if !slices.Contains(desk, pattern) && !slices.Contains(api, pattern) && !slices.Contains(pages, pattern) {
			t.Errorf("%s is not in the operators' document", pattern)
		}
	}
	notServed(t, "the operators' document", desk, served)
	asked(t, admin, desk)
}

func notServed(t *testing.T, document string, operations, served []string) {
	t.Helper()
	if len(operations) < 10 {
		t.Errorf("%s has %d operations", document, len(operations))
	}
	for _, op := range operations {
		if !slices.Contains(served, op) {
			t.Errorf("%s has %s, which is not served", document, op)
		}
	}
}

// asked asks each operation, whatever it thinks of values that are none: there must be somebody who answers.
func asked(t *testing.T, base string, operations []string) {
	t.Helper()
	for _, op := range operations {
		method, path, _ := strings.Cut(op, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, base+regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "x"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		req.Header.Set("Accept", "application/x-ndjson")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if ct := res.Header.Get("Content-Type"); res.StatusCode >= 400 {
			body, _ := io.ReadAll(res.Body)
			if text := string(body); res.StatusCode == http.StatusMethodNotAllowed || strings.Contains(text, "there is nothing at this address") {
				t.Errorf("%s: %d %s %s", op, res.StatusCode, ct, text)
			}
		}
		_ = res.Body.Close()
	}
}

// operationsOf reads the operations of an OpenAPI document, as patterns.
func operationsOf(t *testing.T, url string) (out []string) {
	t.Helper()
	status, body := fetch(t, url, "")
	var document struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v", url, status, err)
	}
	for path, methods := range document.Paths {
		for method := range methods {
			out = append(out, strings.ToUpper(method)+" "+path)
		}
	}
	return out
}
