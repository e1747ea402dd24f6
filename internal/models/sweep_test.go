package models

import (
	"strings"
	"testing"
)

// TestSweep: what producers send is read in one pass, and what is not sound goes the long way.
func TestSweep(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`[`, 4) + strings.Repeat(`]`, 4)
	for _, c := range []struct {
		payload string
		want    bool
	}{
		{realistic, true},
		{`{}`, true},
		{" {\t\"a\" : [ ] ,\r\n\"b\":{ } } ", true},
		{`{"a":[1,-0,0.5,1e9,2E-3,true,false,null,"",{"b":"é \" \\ \u00E9"}]}`, true},
		{`{"a":{"b":{"x":1},"c":{"x":2}},"b":3}`, true},
		{`{"a":` + deep + `}`, true},
		{`{"a":[` + deep + `]}`, false},
		{`{"a":{"b":1,"c":{"b":2},"b":3}}`, false},
		{`{"a":1,"a":1}`, false},
		{`{"eventData":{"a":1,"b":2,"a":3}}`, false},
		{`{"\u0061":1}`, false},
		{`{"a":"\ud83d\ude00"}`, false},
		{"{\"a\":\"1234567\x1f\"}", false},
		{"{\"a\":\"1234567\xff\"}", false},
		{`{"a":"1234567\x"}`, false},
		{`{"a":01}`, false},
		{`{"a":1.}`, false},
		{`{"a":.5}`, false},
		{`{"a":1e}`, false},
		{`{"a":-}`, false},
		{`{"a":tru}`, false},
		{`{"a":1,}`, false},
		{`{"a":[1,]}`, false},
		{`{"a" 1}`, false},
		{`{"a":}`, false},
		{`{,"a":1}`, false},
		{`{"a":1} {}`, false},
		{`{"a":"`, false},
		{`[1]`, false},
		{``, false},
	} {
		if got := new(scratch).sweep([]byte(c.payload), 5); got != c.want {
			t.Errorf("%q: %v, want %v", c.payload, got, c.want)
		}
	}
}
