package catalog

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds one catalog file.
const maxFile = 1 << 20

// kind is the kind of a YAML value.
type kind uint8

const (
	null kind = iota
	text
	integer
	number
	boolean
	list
	mapping
	broken // reported already
)

func (k kind) String() string {
	return [...]string{"nothing", "text", "an integer", "a number", "true or false", "a list", "a map", "something else"}[k]
}

// value is a YAML value that knows where it is. Its accessors work on nil, so that a builder can go on
// past what the check has reported.
type value struct {
	at   position
	kind kind
	// text is a scalar as written; shift is how far its first character is from at, or -1 when unknown.
	text  string
	shift int
	num   float64
	yes   bool
	items []*value
	keys  []entry
	// written are all keys as they stand in the file, also those that the check has taken out of keys.
	written []string
}

// entry is one key of a mapping.
type entry struct {
	name string
	at   position
	val  *value
}

func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for _, e := range v.keys {
		if e.name == key {
			return e.val
		}
	}
	return nil
}

// entries returns the keys of a mapping in order.
func (v *value) entries() []entry {
	if v == nil {
		return nil
	}
	return v.keys
}

// wrote says whether the file sets key, soundly or not.
func (v *value) wrote(key string) bool { return v != nil && slices.Contains(v.written, key) }

func (v *value) str(fallback string) string {
	if v == nil {
		return fallback
	}
	return v.text
}

func (v *value) int(fallback int) int {
	if v == nil {
		return fallback
	}
	return int(v.num)
}

func (v *value) float() float64 {
	if v == nil {
		return 0
	}
	return v.num
}

func (v *value) bool(fallback bool) bool {
	if v == nil {
		return fallback
	}
	return v.yes
}

// all returns the items of a list, or the value itself where one stands for a list of one.
func (v *value) all() []*value {
	switch {
	case v == nil:
		return nil
	case v.kind == list:
		return v.items
	}
	return []*value{v}
}

func (v *value) labels(fallback string) Labels {
	switch {
	case v == nil && fallback == "":
		return nil
	case v == nil:
		return Labels{"en": fallback}
	case v.kind != mapping:
		return Labels{"en": v.text}
	}
	l := Labels{}
	for _, e := range v.keys {
		l[e.name] = e.val.text
	}
	return l
}

// reader turns the nodes of one file into values.
type reader struct {
	file   string
	faults *faults
}

// read parses a file. It returns nil where nothing can be made of it.
func (r *reader) read(data []byte) (v *value) {
	whole := position{file: r.file, line: 1, column: 1}
	if len(data) > maxFile {
		r.faults.add(whole, "split it", "file is larger than %d bytes", maxFile)
		return nil
	}
	if !utf8.Valid(data) {
		r.faults.add(whole, "save it as UTF-8", "file is not valid UTF-8")
		return nil
	}
	defer func() {
		// The parser is other people's code on arbitrary text: what it cannot take is a fault of the file.
		if p := recover(); p != nil {
			r.faults.add(whole, "", "not valid YAML: %v", p)
			v = nil
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, msg := whole, err.Error()
		if se, ok := errors.AsType[*yaml.SyntaxError](err); ok {
			msg = se.Message
			if se.Token != nil && se.Token.Position != nil {
				at = r.at(se.Token)
			}
		}
		r.faults.add(at, "", "not valid YAML: %s", msg)
		return nil
	}
	if len(file.Docs) > 1 {
		r.faults.add(whole, "use one file each", "more than one document in a file")
		return nil
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.faults.add(whole, "", "file is empty")
		return nil
	}
	return r.value(file.Docs[0].Body)
}

func (r *reader) at(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{file: r.file, line: 1, column: 1}
	}
	return position{file: r.file, line: t.Position.Line, column: t.Position.Column}
}

func (r *reader) value(n ast.Node) *value {
	tok := n.GetToken()
	v := &value{at: r.at(tok), shift: -1}
	switch n := n.(type) {
	case *ast.StringNode:
		v.kind, v.text = text, n.Value
		switch origin := strings.TrimSpace(tok.Origin); {
		case origin == v.text:
			v.shift = 0
		case len(origin) == len(v.text)+2 && origin[1:len(origin)-1] == v.text:
			v.shift = 1
		}
	case *ast.LiteralNode:
		v.kind, v.text = text, n.Value.Value
	case *ast.IntegerNode:
		v.kind, v.text = integer, tok.Value
		switch i := n.Value.(type) {
		case int64:
			v.num = float64(i)
		case uint64:
			v.num = float64(i)
		}
	case *ast.FloatNode:
		v.kind, v.text, v.num = number, tok.Value, n.Value
		if math.IsNaN(v.num) || math.IsInf(v.num, 0) {
			v.kind = text
		}
	case *ast.BoolNode:
		v.kind, v.text, v.yes = boolean, tok.Value, n.Value
	case *ast.NullNode:
		v.kind = null
	case *ast.SequenceNode:
		v.kind = list
		for _, item := range n.Values {
			v.items = append(v.items, r.value(item))
		}
	case *ast.MappingNode:
		v.kind = mapping
		r.entries(v, n.Values)
	case *ast.MappingValueNode:
		v.kind = mapping
		r.entries(v, []*ast.MappingValueNode{n})
	default:
		v.kind = broken
		r.faults.add(v.at, "write the value out", "%s is not supported in a catalog", describe(n))
	}
	return v
}

func (r *reader) entries(v *value, nodes []*ast.MappingValueNode) {
	seen := map[string]position{}
	for i, n := range nodes {
		at := r.at(n.Key.GetToken())
		if i == 0 && v.at.line >= at.line {
			v.at = at
		}
		name := n.Key.GetToken().Value
		if n.Key.IsMergeKey() {
			r.faults.add(at, "write the keys out", "a merge key is not supported in a catalog")
			continue
		}
		if first, ok := seen[name]; ok {
			r.faults.add(at, "", "%s is set twice; first at %s", name, first)
			continue
		}
		seen[name] = at
		val := r.value(n.Value)
		v.keys = append(v.keys, entry{name: name, at: at, val: val})
	}
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode:
		return "an anchor"
	case *ast.AliasNode:
		return "an alias"
	case *ast.TagNode:
		return "a tag"
	}
	return fmt.Sprintf("%v", n.Type())
}
