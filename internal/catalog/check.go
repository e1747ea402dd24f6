package catalog

import (
	"slices"
	"strings"
	"time"
)

// check reports where v is not what s says. A part that is wrong is taken out of v, so that the build sees
// only sound values; it returns false when v itself is wrong.
func (f *faults) check(v *value, s *spec, name string) bool {
	if v.kind == broken {
		return false
	}
	switch s.typ {
	case tObject:
		if len(s.also) > 0 && v.kind == text {
			if slices.Contains(s.also, v.text) {
				return true
			}
			f.add(v.at, "", "%s must be %s or a map, not %q", name, strings.Join(s.also, ", "), v.text)
			return false
		}
		return f.checkObject(v, s, name)
	case tMap:
		return f.checkMap(v, s, name)
	case tList:
		return f.checkList(v, s, name)
	case tLabels:
		return f.checkLabels(v, name)
	case tAny:
		return f.checkAny(v)
	default: // handled below
	}
	return f.checkScalar(v, s, name)
}

func (f *faults) wrongKind(v *value, want, name string) bool {
	f.add(v.at, "", "%s must be %s, not %s", name, want, v.kind)
	return false
}

func (f *faults) checkObject(v *value, s *spec, name string) bool {
	if v.kind != mapping {
		return f.wrongKind(v, "a map", name)
	}
	known := make([]string, len(s.fields))
	for i, fd := range s.fields {
		known[i] = fd.name
	}
	var written []string
	var sound []entry
	for _, e := range v.keys {
		i := slices.Index(known, e.name)
		if i < 0 {
			f.add(e.at, Suggest(e.name, known), "unknown key %q in %s", e.name, name)
			continue
		}
		written = append(written, e.name)
		if f.check(e.val, s.fields[i].spec, e.name) {
			sound = append(sound, e)
		}
	}
	v.keys, v.written = sound, written
	for _, fd := range s.fields {
		if fd.required && !slices.Contains(written, fd.name) && !slices.Contains(written, s.unless) {
			hint := ""
			if fd.name == "tenant" {
				hint = "bind it to a request parameter, or say tenant: none"
			}
			f.add(v.at, hint, "%s has no %s", name, fd.name)
		}
	}
	return true
}

func (f *faults) checkMap(v *value, s *spec, name string) bool {
	if v.kind != mapping {
		return f.wrongKind(v, "a map", name)
	}
	what := strings.Fields(s.what)[0]
	var sound []entry
	for _, e := range v.keys {
		if !s.match.MatchString(e.name) {
			f.add(e.at, "it must match "+s.match.String(), "%q is not a valid %s", e.name, s.what)
			continue
		}
		if f.check(e.val, s.elem, what+" "+e.name) {
			sound = append(sound, e)
		}
	}
	v.keys = sound
	return true
}

func (f *faults) checkList(v *value, s *spec, name string) bool {
	if v.kind != list {
		if s.one && v.kind == text {
			return f.check(v, s.elem, name)
		}
		return f.wrongKind(v, "a list", name)
	}
	if s.size > 0 && len(v.items) != s.size {
		f.add(v.at, "", "%s must have %d items, not %d", name, s.size, len(v.items))
		return false
	}
	n := len(v.items)
	v.items = slices.DeleteFunc(v.items, func(item *value) bool { return !f.check(item, s.elem, "an item of "+name) })
	return s.size == 0 || len(v.items) == n
}

func (f *faults) checkLabels(v *value, name string) bool {
	switch v.kind {
	case text, integer, number:
		return true
	case mapping:
		for _, e := range v.keys {
			if e.val.kind == broken {
				return false
			}
			if e.val.kind != text {
				return f.wrongKind(e.val, "text", name+" "+e.name)
			}
		}
		return true
	default: // handled below
	}
	return f.wrongKind(v, "text, or a map of texts by language", name)
}

// checkAny looks for what was reported when the file was read.
func (f *faults) checkAny(v *value) bool {
	ok := v.kind != broken
	for _, x := range v.items {
		ok = f.checkAny(x) && ok
	}
	for _, e := range v.keys {
		ok = f.checkAny(e.val) && ok
	}
	return ok
}

func (f *faults) checkScalar(v *value, s *spec, name string) bool {
	want, ok := "", false
	switch s.typ {
	case tScalar:
		want, ok = "text or an integer", v.kind == text || v.kind == integer
	case tInt:
		want, ok = "an integer", v.kind == integer
	case tNumber:
		want, ok = "a number", v.kind == integer || v.kind == number
	case tBool:
		want, ok = "true or false", v.kind == boolean
	case tDuration:
		want, ok = "a time such as 30s", v.kind == text
	default:
		want, ok = "text", v.kind == text
		// "null" is a word of the catalog (fill: null), though YAML has its own idea of it.
		if v.kind == null && slices.Contains(s.enum, "null") {
			v.text, ok = "null", true
		}
	}
	if !ok {
		return f.wrongKind(v, want, name)
	}
	switch {
	case s.typ == tDuration:
		if d, err := time.ParseDuration(v.text); err != nil || d <= 0 {
			f.add(v.at, "for example 30s", "%s is not a time: %q", name, v.text)
			return false
		}
	case s.enum != nil && !slices.Contains(s.enum, v.text):
		f.add(v.at, Suggest(v.text, s.enum), "%s cannot be %q", name, v.text)
		return false
	case s.match != nil && !s.match.MatchString(v.text):
		f.add(v.at, "it must match "+s.match.String(), "%s: %q is not a valid %s", name, v.text, s.what)
		return false
	case s.min < s.max && (v.num < s.min || v.num > s.max || s.open && (v.num == s.min || v.num == s.max)):
		f.add(v.at, "", "%s is out of range: %s", name, v.text)
		return false
	}
	return true
}
