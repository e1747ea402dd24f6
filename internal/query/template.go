package query

import (
	"fmt"
	"strings"
)

// Template is text with placeholders, piece by piece.
type Template []Piece

// Piece is literal text, or a placeholder where Param is set.
type Piece struct {
	Text string `json:"text,omitempty"`
	// Param names the parameter whose value stands here; a name that begins with "filter." stands for the values that
	// the query's filter leaves of Column.
	Param  string `json:"param,omitempty"`
	Column string `json:"column,omitempty"`
	// Format is how the value is written; empty is its type's own.
	Format string `json:"format,omitempty"`
}

// ParamFilter is what the name of a filter's placeholder begins with.
const ParamFilter = "filter."

// The formats of a placeholder.
const (
	// FormatRFC3339 is a time as in 2002-01-31T00:00:00Z, the default of times.
	FormatRFC3339 = "rfc3339"
	// FormatUnix and FormatUnixMS are a time as seconds or milliseconds since 1970.
	FormatUnix   = "unix"
	FormatUnixMS = "unix_ms"
	// FormatDate is the day that a time is on, in the request's zone; FormatLastDate the day before it where it is a midnight: the
	// last day of a range that ends there.
	FormatDate     = "date"
	FormatLastDate = "last_date"
	// FormatOne is the value of a filter that has only one; FormatCSV all of them, with commas between.
	FormatOne = "one"
	FormatCSV = "csv"
)

// TemplateError says what is wrong with a template, and at which byte.
type TemplateError struct {
	Offset int
	Text   string
}

// Error returns the text.
func (e *TemplateError) Error() string { return e.Text }

// ParseTemplate reads {name} and {name:format}; {{ and }} stand for a brace.
func ParseTemplate(text string) (Template, error) {
	var out Template
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			out = append(out, Piece{Text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); {
		c := text[i]
		if (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c {
			literal.WriteByte(c)
			i += 2
			continue
		}
		if c == '}' {
			return nil, &TemplateError{i, "a brace that nothing opens: write }} for a brace"}
		}
		if c != '{' {
			literal.WriteByte(c)
			i++
			continue
		}
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			return nil, &TemplateError{i, "a brace that nothing closes: write {{ for a brace"}
		}
		name, format, formatted := strings.Cut(text[i+1:i+end], ":")
		if formatted && format == "" {
			return nil, &TemplateError{i, fmt.Sprintf("%s has an empty format", name)}
		}
		if !isParam(name) {
			return nil, &TemplateError{i, fmt.Sprintf("%q is no name of a parameter: write {{ for a brace", name)}
		}
		flush()
		out = append(out, Piece{Param: name, Format: format})
		i += end + 1
	}
	flush()
	return out, nil
}

// isParam accepts names, with dots between their parts.
func isParam(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		for i, c := range []byte(part) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
			if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// String returns the template as it is written.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t {
		if p.Param == "" {
			b.WriteString(strings.NewReplacer("{", "{{", "}", "}}").Replace(p.Text))
			continue
		}
		b.WriteString("{" + p.Param)
		if p.Format != "" {
			b.WriteString(":" + p.Format)
		}
		b.WriteString("}")
	}
	return b.String()
}
