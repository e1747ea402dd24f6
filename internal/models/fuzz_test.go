package models

import (
	"bytes"
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
