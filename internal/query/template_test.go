package query

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseTemplate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Template{
		"":                      nil,
		"plain":                 {{Text: "plain"}},
		"{from:unix}":           {{Param: "from", Format: "unix"}},
		"a{b}c{d.e_1:csv}":      {{Text: "a"}, {Param: "b"}, {Text: "c"}, {Param: "d.e_1", Format: "csv"}},
		"{{a}} {{{b}}}":         {{Text: "{a} {"}, {Param: "b"}, {Text: "}"}},
		"query {{ x {{ y }} }}": {{Text: "query { x { y } }"}},
		"{a}{b}":                {{Param: "a"}, {Param: "b"}},
	} {
		got, err := ParseTemplate(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("%s is written as %s", text, got.String())
		}
	}
	for text, offset := range map[string]int{"{": 0, "a{b": 1, "}": 0, "a}b": 1, "{}": 0, "x{ a }": 1, "{1}": 0, "{a..b}": 0, "{a.}": 0, "{é}": 0, "{a-b}": 0, "{a}}": 3, "a{b:}": 1} {
		_, err := ParseTemplate(text)
		if e, ok := errors.AsType[*TemplateError](err); !ok || e.Offset != offset {
			t.Errorf("%s: %v, want an error at %d", text, err, offset)
		}
	}
}

// FuzzParseTemplate reads any text; what it has read it writes again in the same words.
func FuzzParseTemplate(f *testing.F) {
	for _, seed := range []string{"", "a{b:c}d", "{{}}", "{{{a}}}", "{", "}{", "é{a}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTemplate(text)
		if e, ok := errors.AsType[*TemplateError](err); ok {
			if e.Offset < 0 || e.Offset >= len(text) {
				t.Errorf("%q: an error at %d", text, e.Offset)
			}
			return
		}
		if utf8.ValidString(text) && got.String() != text {
			t.Errorf("%q is written as %q", text, got.String())
		}
	})
}
