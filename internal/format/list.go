package format

import (
	"encoding/json"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// List is the values of a list column in one row, as the store has returned them. Readers see them with commas between; files that have lists
// get them one by one, since a value may have a comma in it.
type List string

// Values returns the list's texts.
func (l List) Values() []string {
	if l == "" {
		return []string{}
	}
	return strings.Split(string(l), query.ListSeparator)
}

// String is the list as a reader sees it.
func (l List) String() string { return strings.ReplaceAll(string(l), query.ListSeparator, ", ") }

// MarshalJSON writes it so.
func (l List) MarshalJSON() ([]byte, error) { return json.Marshal(l.String()) }

// lists makes lists of the texts that a store has returned of a list column.
func lists(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			v = List(text)
		}
		out[i] = v
	}
	return out
}
