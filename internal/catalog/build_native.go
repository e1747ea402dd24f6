package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// alwaysBound are the parameters that no dataset declares.
func alwaysBound() []string {
	return []string{query.ParamTenant, query.ParamFrom, query.ParamTo, query.ParamZone, query.ParamLanguage}
}

// parameters reads what a dataset's native query takes from requests.
func (b *builder) parameters(v *value) map[string]*Parameter {
	var out map[string]*Parameter
	for _, e := range v.get("parameters").entries() {
		if slices.Contains(alwaysBound(), e.name) {
			b.faults.add(e.at, "give it another name", "parameter %s is always there", e.name)
			continue
		}
		p := &Parameter{Name: e.name, Type: query.Type(e.val.get("type").str("string")), Required: e.val.get("required").bool(false)}
		if d := e.val.get("default"); d != nil {
			p.Default = d.text
			if p.Required {
				b.faults.add(d.at, "keep one of them", "parameter %s is required and has a default", e.name)
			}
		}
		for _, x := range e.val.get("values").all() {
			p.Values = append(p.Values, x.text)
		}
		if x := e.val.get("pattern"); x != nil {
			if _, err := regexp.Compile(x.text); err != nil {
				b.faults.add(x.at, "", "the pattern of parameter %s is not a regular expression: %s", e.name, err)
			} else {
				p.Pattern = "^(?:" + x.text + ")$"
			}
			if p.Type != query.String {
				b.faults.add(x.at, "", "a pattern goes with a text, and parameter %s is %s", e.name, p.Type)
			}
		}
		if out == nil {
			out = make(map[string]*Parameter)
		}
		out[e.name] = p
	}
	return out
}

// native reads a dataset's native query, and checks what can be seen of it without the store.
func (b *builder) native(d *Dataset, v *value) {
	n := v.get("native")
	d.Parameters = b.parameters(v)
	if n == nil {
		if p := v.get("parameters"); p != nil && !v.wrote("native") && !v.wrote("request") {
			b.faults.add(p.at, "", "parameters go with a native query or a request")
		}
		return
	}
	if d.Source == nil || v.wrote("sql") {
		return // reported already, or by the join
	}
	kind := sourceKinds()[d.Source.Kind]
	var names []string
	var err error
	switch kind.native {
	case "":
		b.faults.add(n.at, "", "source %s, of kind %s, takes no native query", d.Source.Name, d.Source.Kind)
		return
	case "pipeline":
		if !v.wrote("table") {
			b.faults.add(n.at, "name its collection: table", "dataset %s: a pipeline is run on a collection", d.Name)
		}
		names, err = checkPipeline(n.text)
	default:
		if kind.native == "cql" && v.wrote("table") {
			b.faults.add(v.get("table").at, "the statement names its table", "table does not go with native CQL")
		}
		names, err = checkStatement(n.text, kind.native == "cql" && !v.get("allow_filtering").bool(false))
	}
	if err != nil {
		b.faults.add(n.at, "", "native query of dataset %s: %s", d.Name, err)
		return
	}
	d.Relation.Native = &query.Native{Text: n.text}
	b.binds(d, n, names)
}

// binds notes what a relation binds, and sees that each name is one.
func (b *builder) binds(d *Dataset, at *value, names []string) {
	known := append(alwaysBound(), slices.Collect(maps.Keys(d.Parameters))...)
	for _, name := range names {
		if !slices.Contains(known, name) {
			b.unknown(at, "parameter", name, known)
			continue
		}
		if name == query.ParamTenant && d.Tenant == nil {
			b.faults.add(at.at, "", "dataset %s binds {tenant}, and says that it has none", d.Name)
		}
		if !slices.Contains(d.Binds, name) {
			d.Binds = append(d.Binds, name)
		}
	}
	for name := range d.Parameters {
		if !slices.Contains(names, name) {
			b.faults.add(at.at, "", "parameter %s of dataset %s is not used", name, d.Name)
		}
	}
	slices.Sort(d.Binds)
}

// checkStatement returns the parameters of SQL or CQL.
func checkStatement(text string, refuseFiltering bool) ([]string, error) {
	segments, err := query.Segments(text)
	if err != nil {
		if at, ok := errors.AsType[*query.StatementError](err); ok {
			return nil, fmt.Errorf("%s (line %d of it)", at.Text, 1+strings.Count(text[:at.Offset], "\n"))
		}
		return nil, err
	}
	if !regexp.MustCompile(`(?i)^(?:[\s(]|--[^\n]*\n)*(?:select|with)\b`).MatchString(segments[0].Text) {
		return nil, errors.New("it must be a SELECT")
	}
	var names []string
	for _, s := range segments {
		if refuseFiltering && regexp.MustCompile(`(?i)\ballow\s+filtering\b`).MatchString(s.Text) {
			return nil, errors.New("ALLOW FILTERING reads all partitions: say allow_filtering: true if that is meant")
		}
		if s.Param != "" {
			names = append(names, s.Param)
		}
	}
	return names, nil
}

// writing and scripting are what a pipeline that reads does not need.
var refusedOperators = []string{"$out", "$merge", "$where", "$function", "$accumulator"} //nolint:gochecknoglobals // a constant table

// checkPipeline returns the parameters of a MongoDB pipeline.
func checkPipeline(text string) ([]string, error) {
	var stages []map[string]json.RawMessage
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&stages); err != nil {
		return nil, fmt.Errorf("it is no JSON list of stages: %w", err)
	}
	if dec.More() {
		return nil, errors.New("something follows the list of stages")
	}
	for i, s := range stages {
		if len(s) != 1 {
			return nil, fmt.Errorf("stage %d has %d keys; each is one operator", i+1, len(s))
		}
		for op := range s {
			if !strings.HasPrefix(op, "$") {
				return nil, fmt.Errorf("stage %d: %q is no operator", i+1, op)
			}
		}
	}
	var whole any
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, err
	}
	var names []string
	if err := eachText(whole, func(s string, key bool) error {
		name := query.Placeholder(s)
		switch {
		case key && slices.Contains(refusedOperators, s):
			return fmt.Errorf("%s is refused: a query reads, and runs no script", s)
		case key && name != "":
			return fmt.Errorf("{%s} is a key; only values are bound", name)
		case name != "":
			names = append(names, name)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return names, nil
}

// eachText visits all texts and keys of a JSON value.
func eachText(v any, visit func(s string, key bool) error) error {
	switch v := v.(type) {
	case string:
		return visit(v, false)
	case []any:
		for _, x := range v {
			if err := eachText(x, visit); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			if err := visit(k, true); err != nil {
				return err
			}
			if err := eachText(v[k], visit); err != nil {
				return err
			}
		}
	}
	return nil
}
