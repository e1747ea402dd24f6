package query_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT {tenant}", "SELECT [tenant]"},
		{"{a}{b_2} c;\n", "[a][b_2] c"},
		{"SELECT '{', \"{x\", '}' -- {tenant}? ; \n, {a}", "SELECT '{', \"{x\", '}' -- {tenant}? ; \n, [a]"},
		{"SELECT /* {tenant}; ? */ {a}", "SELECT /* {tenant}; ? */ [a]"},
		{"SELECT {'k': 1}, {k: 1}, {}, { a }, {1a}, {_a}", "SELECT {'k': 1}, {k: 1}, {}, { a }, {1a}, {_a}"},
		{"SELECT 'it''s ?', $$ ; ? $$, {a}", "SELECT 'it''s ?', $$ ; ? $$, [a]"},
		{"SELECT {unfinished", "SELECT {unfinished"},
		{"SELECT 'unfinished {", "SELECT 'unfinished {"},
	} {
		segments, err := query.Segments(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		var b strings.Builder
		for _, s := range segments {
			b.WriteString(s.Text)
			if s.Param != "" {
				b.WriteString("[" + s.Param + "]")
			}
		}
		if b.String() != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.text, b.String(), c.want)
		}
	}
}

func TestWhatAStatementMayNotHold(t *testing.T) {
	t.Parallel()
	for text, offset := range map[string]int{
		"SELECT ?":                         7,
		"SELECT 1; DROP TABLE x":           8,
		"SELECT '{tenant}'":                8,
		`SELECT "a {tenant} b"`:            10,
		"SELECT $$ {tenant} $$":            10,
		"SELECT 'it''s {tenant}'":          14,
		"SELECT 'a' 'b' /* c */ '{zone}' ": 24,
	} {
		_, err := query.Segments(text)
		at, ok := errors.AsType[*query.StatementError](err)
		if !ok || at.Offset != offset {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"{a}": "a", "{a_1}": "a_1", "{a} ": "", "x{a}": "", "{a}{b}": "", "{}": "", "{": "", "": "", "${a}": ""} {
		if got := query.Placeholder(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	at := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	params := []query.Param{{Name: "from", Type: query.Time, Value: at}, {Name: "n", Type: query.Int}}
	p, err := query.Find(params, "from")
	if got, ok := p.Time(); err != nil || !ok || !got.Equal(at) {
		t.Error(p, err)
	}
	p, err = query.Find(params, "n")
	if _, ok := p.Time(); err != nil || ok {
		t.Error(p, err)
	}
	if _, err := query.Find(params, "m"); err == nil {
		t.Error("a parameter that is not there")
	}
}

func FuzzSegments(f *testing.F) {
	for _, s := range []string{"SELECT {a} FROM t WHERE x = '{'", "--{a}\n{b}", "/*", "$$", "{a", "'\"'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		segments, err := query.Segments(text)
		if err != nil {
			return
		}
		// Put together again it is the text, but for the end that is trimmed.
		var b strings.Builder
		for i, s := range segments {
			b.WriteString(s.Text)
			if s.Param != "" {
				b.WriteString("{" + s.Param + "}")
			} else if i+1 < len(segments) {
				t.Fatalf("%q: a piece in the middle without a parameter", text)
			}
		}
		if !strings.HasPrefix(text, b.String()) || strings.Trim(text[b.Len():], "; \t\n") != "" {
			t.Fatalf("%q became %q", text, b.String())
		}
	})
}
