package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-dispatcher/dispatcher/internal/format/schema"
	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

// compiler knows the document's schemas, and those that it refers to.
func compiler(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for url, text := range map[string][]byte{"http://gateway/openapi.json": api.OpenAPI(), "http://gateway/asyncapi.json": api.AsyncAPI(), "http://gateway/v1/schemas/result.json": withoutID(t, schema.Result())} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(url, document); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func withoutID(t *testing.T, text []byte) []byte {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema, "$id") // it would be found under that address alone
	out, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestExamplesAreValid: each schema's examples are what it says, and each has one.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Examples []any `json:"examples"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(api.OpenAPI(), &document); err != nil {
		t.Fatal(err)
	}
	c := compiler(t)
	for name, schema := range document.Components.Schemas {
		compiled, err := c.Compile("http://gateway/openapi.json#/components/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if len(schema.Examples) == 0 && name != "MemberType" {
			t.Errorf("%s has no example", name)
		}
		for _, example := range schema.Examples {
			raw, _ := json.Marshal(example)
			value, _ := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			if err := compiled.Validate(value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestReferencesLead: whatever a document refers to is there.
func TestReferencesLead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][]byte{"openapi": api.OpenAPI(), "asyncapi": api.AsyncAPI()} {
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllStringSubmatch(string(text), -1)
		if len(found) < 10 {
			t.Errorf("%s refers to %d places", name, len(found))
		}
		for _, m := range found {
			at := document
			for key := range strings.SplitSeq(m[1], "/") {
				object, _ := at.(map[string]any)
				if at = object[key]; at == nil {
					t.Errorf("%s: #/%s leads nowhere", name, m[1])
					break
				}
			}
		}
	}
}

// TestDocumentsAreGenerated holds the published files to the table.
func TestDocumentsAreGenerated(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, text := range map[string][]byte{"openapi.json": api.OpenAPI(), "asyncapi.json": api.AsyncAPI()} {
		published, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "schema", name))
		if err != nil || !bytes.Equal(published, text) {
			t.Errorf("docs/schema/%s is of another version: go generate ./internal/gateway/api (%v)", name, err)
		}
		if a := s.call("", http.MethodGet, "/"+name, ""); a.body != string(text) {
			t.Errorf("%s is served otherwise: %d", name, a.status)
		}
	}
}

// TestAnswersAreAsDocumented: what a running server answers is valid by the schemas.
func TestAnswersAreAsDocumented(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.worker()
	c := compiler(t)
	valid := func(schema string, a answer) {
		t.Helper()
		compiled, err := c.Compile("http://gateway/openapi.json#/components/schemas/" + schema)
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
		if err == nil {
			err = compiled.Validate(value)
		}
		if err != nil {
			t.Errorf("%s: %v\n%.500s", schema, err, a.body)
		}
	}
	taken := s.call("one", http.MethodPost, "/v1/requests", `{"eventName":"insights","eventData":{"start_date":"2002-09-01","end_date":"2002-09-30"}}`)
	valid("Submitted", taken)
	var got api.Submitted
	taken.read(t, http.StatusAccepted, &got)
	valid("State", s.call("one", http.MethodGet, got.Links.Self, ""))
	done := s.becomes("one", got.RequestID, "complete")
	valid("State", s.call("one", http.MethodGet, got.Links.Self, ""))
	for widget := range done.Widgets {
		valid("Message", s.call("one", http.MethodGet, got.Links.Self+"/widgets/"+widget, ""))
	}
	list := s.call("one", http.MethodGet, "/v1/pages", "")
	valid("PageList", list)
	var pages api.PageList
	list.read(t, http.StatusOK, &pages)
	for _, p := range pages.Pages {
		valid("Page", s.call("one", http.MethodGet, "/v1/pages/"+p.ID+"?product="+p.Product, ""))
	}
	valid("MemberValues", s.call("one", http.MethodGet, "/v1/pages/ResearchInsightsPage/members/channel/values?start_date=2002-09-01&end_date=2002-09-30", ""))
	valid("Canceling", s.call("one", http.MethodDelete, got.Links.Self, ""))
	valid("Problem", s.call("two", http.MethodDelete, got.Links.Self, ""))
}
