package strategies

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/format/schema"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// shown is a widget's data with a text of so many bytes.
func shown(status string, asOf time.Time, bytes int) result {
	return result{data: &format.Data{
		Kind: "stat", Status: status, Title: strings.Repeat("x", bytes), AsOf: asOf, AgeSeconds: 3,
		Schema: format.Schema{Fields: []format.Field{}}, Data: format.Values{Values: [][]any{}}, Stats: format.Stats{Sources: []format.SourceStats{}},
	}}
}

// TestUnifiedData: what a page in one message says of its widgets, by what became of them.
func TestUnifiedData(t *testing.T) {
	t.Parallel()
	older, newer := time.Unix(1000, 0).UTC(), time.Unix(2000, 0).UTC()
	broken := result{err: fault.New(fault.Permanent, "no_such_table", "", errors.New("secret"))}
	for name, c := range map[string]struct {
		results map[string]result
		status  string
		codes   map[string]string // of the widgets that failed
		fails   string
	}{
		"all":          {map[string]result{"a": shown("ok", newer, 1), "b": shown("ok", older, 1)}, "ok", nil, ""},
		"empty":        {map[string]result{"a": shown("empty", newer, 1), "b": shown("empty", older, 1)}, "empty", nil, ""},
		"some empty":   {map[string]result{"a": shown("empty", newer, 1), "b": shown("ok", older, 1)}, "ok", nil, ""},
		"one partial":  {map[string]result{"a": shown("partial", newer, 1), "b": shown("ok", older, 1)}, "partial", nil, ""},
		"one failed":   {map[string]result{"a": broken, "b": shown("ok", older, 1)}, "partial", map[string]string{"a": "no_such_table"}, ""},
		"one missing":  {map[string]result{"b": shown("ok", older, 1)}, "partial", map[string]string{"a": "no_result"}, ""},
		"one is large": {map[string]result{"a": shown("ok", older, maxUnified), "b": shown("ok", older, 1)}, "partial", map[string]string{"a": "message_too_large"}, ""},
		"no room left": {map[string]result{"a": shown("ok", older, maxUnified*2/3), "b": shown("ok", older, maxUnified/2)}, "partial", map[string]string{"b": "message_too_large"}, ""},
		"all failed":   {map[string]result{"a": broken}, "", nil, "no_such_table"},
	} {
		d := UnifiedData{Kind: "page", Status: "empty", Order: []string{"a", "b"}}
		err := d.fill(&gathered{results: c.results})
		if c.fails != "" {
			if fault.ReasonOf(err) != c.fails {
				t.Errorf("%s: %v, want %s", name, err, c.fails)
			}
			continue
		}
		raw, encodeErr := models.Marshal(&d)
		if err != nil || encodeErr != nil || d.Status != c.status || !d.AsOf.Equal(older) {
			t.Errorf("%s: status %s as of %v, %v, %v", name, d.Status, d.AsOf, err, encodeErr)
		}
		if len(raw) > maxUnified+1000 {
			t.Errorf("%s: %d bytes", name, len(raw))
		}
		checkUnified(t, name, raw, c.codes)
	}
}

// checkUnified holds the message to its published schema, and finds the widgets that failed.
func checkUnified(t *testing.T, name string, raw []byte, codes map[string]string) {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Result()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("result", schema); err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%s: %v: %.300s", name, err, raw)
	}
	if err := compiler.MustCompile("result").Validate(document); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var read struct {
		Widgets map[string]struct {
			Error struct{ Code, Message string }
		}
	}
	if err := json.Unmarshal(raw, &read); err != nil || len(read.Widgets) != 2 {
		t.Errorf("%s: %d widgets, %v", name, len(read.Widgets), err)
	}
	for id, w := range read.Widgets {
		if w.Error.Code != codes[id] || strings.Contains(w.Error.Message, "secret") {
			t.Errorf("%s: %s ended as %q (%s), want %q", name, id, w.Error.Code, w.Error.Message, codes[id])
		}
	}
}
