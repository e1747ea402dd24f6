package config

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Setting is one variable with its effective value, fit to be shown.
type Setting struct {
	Name    string `json:"name"`
	Section string `json:"section"`
	// Value is redacted where it may hold a secret; it is empty where there is none.
	Value string `json:"value"`
	// Source is "environment", "default", "not set", or says which other variable it comes from.
	Source   string `json:"source"`
	Type     string `json:"type"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required,omitempty"`
	Secret   bool   `json:"secret,omitempty"`
	// Addition says that the wire contract does not know the variable.
	Addition bool   `json:"addition,omitempty"`
	Doc      string `json:"doc"`
}

func (v variable) setting() Setting {
	def := v.def
	if def == "" {
		def = v.defText
	}
	return Setting{Name: v.name, Section: v.section, Type: v.typeName(), Default: def, Required: v.process,
		Secret: v.isSecret(), Addition: v.ours, Doc: v.doc}
}

// Effective returns every variable in the order of the documentation.
func (c *Config) Effective() []Setting { return slices.Clone(c.settings) }

// IsSet says whether the environment gives the variable, under its own name, an older one or by its fallback.
func (c *Config) IsSet(name string) bool {
	i := slices.IndexFunc(c.settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return false
	}
	switch s := c.settings[i].Source; {
	case s == sourceEnvironment, strings.HasPrefix(s, "older spelling "):
		return true
	case strings.HasPrefix(s, "fallback from "):
		// A fallback to what itself is only a default sets nothing.
		return slices.ContainsFunc(variables(), func(v variable) bool { return v.name == name && v.fallback != "" })
	}
	return false
}

// WriteTable prints settings as a table with a heading a section.
func WriteTable(w io.Writer, settings []Setting) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	section := ""
	for _, s := range settings {
		if s.Section != section {
			if section != "" {
				fmt.Fprintln(t, "\t\t")
			}
			section = s.Section
			fmt.Fprintf(t, "%s\t\t\n", section)
		}
		value := s.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", s.Name, value, s.Source)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	return nil
}

// WriteJSON prints settings as one JSON array.
func WriteJSON(w io.Writer, settings []Setting) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(settings); err != nil {
		return fmt.Errorf("print the configuration: %w", err)
	}
	return nil
}
