package catalog

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// place is where in a request a template stands.
type place uint8

const (
	inPath place = iota
	inQuery
	inHeader
	inBody
)

// template reads a text with placeholders and checks each of them.
func (r *requestBuilder) template(v *value, where place) query.Template {
	t, err := query.ParseTemplate(v.text)
	if err != nil {
		offset := 0
		if e, ok := errors.AsType[*query.TemplateError](err); ok {
			offset = e.Offset
		}
		r.faults.add(v.within(offset), "", "%s", err)
		return nil
	}
	for i := range t {
		if t[i].Param != "" {
			// A list stands in a text, a header or a part of a value only as one text.
			alone := len(t) == 1 && (where == inQuery || where == inBody)
			r.placeholder(v.within(strings.Index(v.text, "{"+t[i].Param)), &t[i], where, alone)
		}
	}
	return t
}

// within is the place of a byte of a text.
func (v *value) within(offset int) position {
	at := v.at
	if v.shift >= 0 && offset >= 0 && !strings.Contains(v.text[:offset], "\n") {
		at.column += v.shift + utf8.RuneCountInString(v.text[:offset])
	}
	return at
}

func (r *requestBuilder) placeholder(at position, p *query.Piece, where place, alone bool) {
	d := r.dataset
	if name, ok := strings.CutPrefix(p.Param, query.ParamFilter); ok {
		r.filter(at, p, name, where, alone)
		return
	}
	typ, always := query.String, true
	switch declared := d.Parameters[p.Param]; {
	case declared != nil:
		typ, always = declared.Type, declared.Required || declared.Default != ""
	case p.Param == query.ParamFrom || p.Param == query.ParamTo:
		typ = query.Time
	case p.Param == query.ParamTenant:
		if d.Tenant == nil {
			r.faults.add(at, "", "dataset %s asks for {tenant}, and says that it has none", d.Name)
			return
		}
	case !slices.Contains(alwaysBound(), p.Param):
		known := append(alwaysBound(), slices.Collect(maps.Keys(d.Parameters))...)
		for name := range d.Dimensions {
			known = append(known, query.ParamFilter+name)
		}
		r.faults.add(at, Suggest(p.Param, known), "unknown parameter %q", p.Param)
		r.unknown = true
		return
	}
	if where == inPath && !always {
		r.faults.add(at, "make it required, or give it a default", "parameter %s may be missing, and a path needs it", p.Param)
	}
	var formats []string
	if typ == query.Time {
		formats = []string{query.FormatRFC3339, query.FormatUnix, query.FormatUnixMS, query.FormatDate, query.FormatLastDate}
	}
	r.format(at, p, formats)
	r.binds[p.Param] = true
	if p.Format == query.FormatDate || p.Format == query.FormatLastDate {
		r.binds[query.ParamZone] = true // days are those of the request's zone
	}
}

// filter checks a placeholder for the values of a dimension's filter.
func (r *requestBuilder) filter(at position, p *query.Piece, name string, where place, alone bool) {
	dim := r.dataset.Dimensions[name]
	switch {
	case dim == nil:
		r.faults.add(at, Suggest(name, sortedKeys(r.dataset.Dimensions)), "unknown dimension %q", name)
		return
	case dim.Part != "":
		r.faults.add(at, "", "dimension %s is a part of a time and cannot be filtered by", name)
		return
	case where == inPath:
		r.faults.add(at, "put it into query", "a filter may be missing, and a path needs its placeholders")
	case p.Format == "" && !alone:
		r.faults.add(at, "write {"+p.Param+":one} or {"+p.Param+":csv}", "a filter has several values, and this is one text")
	}
	r.format(at, p, []string{query.FormatOne, query.FormatCSV})
	p.Column = dim.Field.Column
}

func (r *requestBuilder) format(at position, p *query.Piece, known []string) {
	switch {
	case p.Format == "" || slices.Contains(known, p.Format):
	case known == nil:
		r.faults.add(at, "leave it out", "%s has no format", p.Param)
	default:
		r.faults.add(at, Suggest(p.Format, known), "unknown format %q of %s", p.Format, p.Param)
	}
}
