package format

import _ "embed"

//go:embed result.schema.json
var resultSchema []byte

// JSONSchema returns the JSON Schema (2020-12) of a message's eventData: a widget's data, the error in its place, a page
// in one message, or the closing message. docs/schema/result.schema.json is its published copy.
func JSONSchema() []byte { return append([]byte(nil), resultSchema...) }
