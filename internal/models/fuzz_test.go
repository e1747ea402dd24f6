package models

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// FuzzDecode holds the decoder's own splitting of valid JSON to what a JSON library reads, and every refusal to having a
// reason.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		realistic, `{"eventName":"a","eventData":{"x":"\"}","y":[1,{"z":"]"}],"\u0061":-1e5 , "b" :null}}`, `{"eventName":"a","eventData":"{\"x\":1}"}`,
		`{"job_id":"j","widgets_names":["a"],"k":{}}`, `{"eventName":"a","eventData":{"x":1`, `[[[`, "\xff", `{"eventData":{"a":"\ud800"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		r, err := Decoder{MaxDepth: 20}.Decode(string(payload))
		if !bytes.Equal(before, payload) {
			t.Fatal("the payload was written to")
		}
		if err != nil {
			if fault.ClassOf(err) != fault.Reject || fault.ReasonOf(err) == "" {
				t.Fatalf("%q: refused without a reason: %v", payload, err)
			}
			return
		}
		var top map[string]jsontext.Value
		if err := json.Unmarshal(payload, &top); err != nil {
			t.Fatalf("%q was accepted: %v", payload, err)
		}
		var data map[string]jsontext.Value
		if json.Unmarshal(top["eventData"], &data) != nil || len(top) != 2 || top["eventName"] == nil {
			return // not the plain envelope
		}
		for name, want := range data {
			if got, ok := r.ExtraOf(name); ok && canonical(name) == name && !bytes.Equal(got, bytes.TrimSpace(want)) {
				t.Fatalf("%q: %s is %q, want %q", payload, name, got, want)
			}
		}
	})
}

// FuzzSweep holds the one pass over a request to what those find that look longer.
func FuzzSweep(f *testing.F) {
	for _, seed := range []string{
		realistic, `{}`, ` { "a" : [ ] , "b":[{},{"a":{"b":1,"c":[[0]]},"b":2}]} `, `{"a":{"b":1,"b":2}}`, `{"a":1,}`, `{"a":01}`, `{"a":-0.5E+9}`, `{"a":1.}`,
		`{"eventData":{"a":"\u00e9\ud83d"},"event_data":{"a":null}}`, `{"\u0061":1,"a":2}`, `{"a":"é\/"}`, "{\"a\":\"\x1f\"}", "{\"a\":\"12345678\xff\"}", `{"a":tru}`, `{"":1,"":2}`, `{"a":1}x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		const depth = 5
		var swept, split scratch
		if !swept.sweep(payload, depth) {
			return
		}
		if err := check(payload, depth); err != nil || !jsontext.Value(payload).IsValid() || kindOf(payload) != '{' {
			t.Fatalf("%q was accepted: %v", payload, err)
		}
		split.split(payload)
		if len(swept.rest) != 0 || !reflect.DeepEqual(swept.outer, split.outer) || !reflect.DeepEqual(swept.inner, split.inner) {
			t.Fatalf("%q: %q and %q, want %q and %q", payload, swept.outer, swept.inner, split.outer, split.inner)
		}
	})
}

// FuzzEnvelope has every message be valid JSON, whatever the request held.
func FuzzEnvelope(f *testing.F) {
	f.Add("P__W", "u1", "en", `say "x"`)
	f.Add("\xff", "\u2028\x00", "\\", "\ud7ff")
	f.Fuzz(func(t *testing.T, event, queue, language, brand string) {
		e := NewEnvelope(&Request{QueueName: queue, Language: language, MonitorID: event}, event, ErrorData(event, brand), NewBranding([2]string{"project_name_en", brand}))
		for _, message := range [][]byte{e.AppendJSON(nil), e.AppendLiveJSON(nil, queue)} {
			if !jsontext.Value(message).IsValid() {
				t.Fatalf("not valid: %q", message)
			}
		}
	})
}
