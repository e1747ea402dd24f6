package catalog

import "regexp"

// spec says what a value may be. The same tables check a file and make the JSON Schema, so that an editor
// and the loader agree.
type spec struct {
	typ specType
	// unless names a key that stands for all required ones.
	unless string
	doc    string
	enum   []string
	// match and what restrict a text: what names it in messages.
	match *regexp.Regexp
	what  string
	// min and max bound a number where min < max; open excludes the bounds.
	min, max float64
	open     bool
	elem     *spec // of a list or map
	one      bool  // list: a single value stands for a list of one
	size     int   // list: exact length, 0 is any
	fields   []field
	also     []string // object: one of these texts is accepted in its place
	rules    []rule   // object: what goes together, for the schema; the builder checks it
}

type specType uint8

const (
	tText   specType = iota
	tScalar          // a text or an integer
	tInt
	tNumber
	tBool
	tLabels
	tDuration
	tList
	tMap
	tObject
	tAny // whatever YAML can say
)

type field struct {
	name     string
	required bool
	spec     *spec
}

const (
	namePattern   = `^[A-Za-z][A-Za-z0-9_]{0,63}$`
	columnPattern = `^[A-Za-z_][A-Za-z0-9_]{0,63}(\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,3}$`
	// tablePattern is a column's, where {tenant} may stand for a part of the name.
	tablePattern  = `^([A-Za-z_]|\{tenant\})([A-Za-z0-9_]|\{tenant\}){0,63}(\.([A-Za-z_]|\{tenant\})([A-Za-z0-9_]|\{tenant\}){0,63}){0,3}$`
	pagePattern   = `^([A-Za-z][A-Za-z0-9_]{0,63}/)?[A-Za-z][A-Za-z0-9_]{0,63}$`
	defaultTenant = `[A-Za-z0-9_.:-]{1,64}`
)

var (
	nameRE   = regexp.MustCompile(namePattern)
	columnRE = regexp.MustCompile(columnPattern)
	tableRE  = regexp.MustCompile(tablePattern)
	pageRE   = regexp.MustCompile(pagePattern)
	dayRE    = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)
	bucketRE = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
)

func str(doc string) *spec { return &spec{typ: tText, doc: doc} }

func enum(doc string, values ...string) *spec { return &spec{typ: tText, doc: doc, enum: values} }

func truth(doc string) *spec { return &spec{typ: tBool, doc: doc} }

func whole(doc string, low, high float64) *spec {
	return &spec{typ: tInt, doc: doc, min: low, max: high}
}

func labels(doc string) *spec { return &spec{typ: tLabels, doc: doc} }

func ident(doc string) *spec { return &spec{typ: tText, doc: doc, match: nameRE, what: "name"} }

func column(doc string) *spec { return &spec{typ: tText, doc: doc, match: columnRE, what: "column"} }

func listOf(doc string, elem *spec) *spec { return &spec{typ: tList, doc: doc, elem: elem} }

func mapOf(doc, what string, match *regexp.Regexp, elem *spec) *spec {
	return &spec{typ: tMap, doc: doc, what: what, match: match, elem: elem}
}

func object(doc string, fields ...field) *spec { return &spec{typ: tObject, doc: doc, fields: fields} }

func ruled(rules []rule, s *spec) *spec {
	s.rules = rules
	return s
}

func must(name string, s *spec) field { return field{name: name, required: true, spec: s} }

func may(name string, s *spec) field { return field{name: name, spec: s} }

// fileSpec is a catalog file.
func fileSpec() *spec {
	return object("A Dispatcher catalog: sources, datasets and pages.",
		must("version", whole("The version of the file format: 1.", 1, 1.5)),
		may("extends", enum("Add to the built-in catalog instead of replacing it.", "builtin")),
		may("sources", mapOf("Where data is, by name.", "source name", nameRE, sourceSpec())),
		may("datasets", mapOf("Relations with their dimensions and measures, by name.", "dataset name", nameRE, datasetSpec())),
		may("pages", mapOf("Pages by name, or by Product/Page.", "page name", pageRE, pageSpec())),
	)
}
