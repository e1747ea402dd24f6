package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// flatten reads filters of either form: an object of members with their values, or Cube's list of member, operator and values. What is neither is
// shown as it came.
func flatten(raw []byte) (out []pair) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var any any
	if err := json.Unmarshal(raw, &any); err != nil {
		return []pair{{"?", string(raw)}}
	}
	return flat(any)
}

func flat(v any) (out []pair) {
	switch v := v.(type) {
	case map[string]any:
		if member, ok := v["member"].(string); ok {
			operator, _ := v["operator"].(string)
			return []pair{{member, strings.TrimSpace(operator + " " + inline(v["values"]))}}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if list, ok := v[name].([]any); ok && len(list) > 0 {
				if _, nested := list[0].(map[string]any); nested {
					out = append(out, flat(list)...)
					continue
				}
			}
			if text := inline(v[name]); text != "" {
				out = append(out, pair{name, text})
			}
		}
	case []any:
		for _, f := range v {
			out = append(out, flat(f)...)
		}
	case nil:
	default:
		out = append(out, pair{"?", inline(v)})
	}
	return out
}

// inline writes a value on one line; what is empty restricts nothing, and is not written.
func inline(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, 0, len(v))
		for _, x := range v {
			parts = append(parts, inline(x))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if len(v) == 0 {
			return ""
		}
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(v)
}
