package config

import (
	"fmt"
	"strings"
)

const preface = `<!-- Code generated from internal/config by go generate. DO NOT EDIT. -->

# Configuration

Everything is read from the environment, by ` + "`cmd/consumer`, `cmd/server` and `cmd/dispatcher`" + ` alike.
A process that lacks a required variable, or is given a value that does not parse, does not start and names
every such variable at once.

- A variable that is set to the empty string counts as not set.
- Booleans are 1, true or yes, or 0, false or no, in any case.
- Variables marked *addition* are this product's own; the others are the wire contract's.
- ` + "`dispatcher config`" + ` prints the effective values, hides secrets and says where each value comes from.
- Users, passwords and unknown query values in addresses are hidden wherever they are printed.
- An older spelling is used where today's is not set; the process then logs one warning.
`

// Markdown returns docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	section := ""
	for _, v := range variables() {
		if v.section != section {
			section = v.section
			fmt.Fprintf(&b, "\n## %s\n\n| variable | type | default | meaning |\n|---|---|---|---|\n", section)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.name, v.typeName(), v.defaultCell(), v.meaningCell())
	}
	return b.String()
}

func (v variable) defaultCell() string {
	switch {
	case v.process:
		return "**required**"
	case v.def != "":
		return "`" + v.def + "`"
	case v.defText != "":
		return v.defText
	}
	return "none"
}

func (v variable) meaningCell() string {
	s := v.doc
	if v.fallback != "" {
		s += " Falls back to `" + v.fallback + "`."
	}
	if v.older != "" {
		s += " Older spelling: `" + v.older + "`."
	}
	if v.ours {
		s += " *Addition.*"
	}
	return strings.ReplaceAll(s, "|", `\|`)
}
