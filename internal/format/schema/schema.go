// Package schema is the JSON Schema of results, apart from what makes them: a process that only serves it needs nothing of that.
package schema

import _ "embed"

//go:embed result.schema.json
var result []byte

// Result returns the JSON Schema (2020-12) of a message's eventData: a widget's data, the error in its place, a page
// in one message, or the closing message. docs/schema/result.schema.json is its published copy.
func Result() []byte { return append([]byte(nil), result...) }
