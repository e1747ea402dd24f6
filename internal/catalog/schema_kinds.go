package catalog

import (
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// The rules of what goes together within one object, as the builder has them and from the same tables, in the words of JSON Schema: an editor says at
// once what goes with a kind, and what a kind needs. What takes a look elsewhere, at a dataset or its source, the loader alone says.

type rule = map[string]any

func allOf(rules ...rule) rule { return rule{"allOf": rules} }

func anyOf(rules ...rule) rule { return rule{"anyOf": rules} }

func not(r rule) rule { return rule{"not": r} }

func has(keys ...string) rule { return rule{"required": keys} }

// lacks forbids keys.
func lacks(keys ...string) rule {
	props := rule{}
	for _, k := range keys {
		props[k] = false
	}
	return rule{"properties": props}
}

// is says that a key is there and has one of some values.
func is[T any](key string, values ...T) rule {
	return allOf(has(key), rule{"properties": rule{key: rule{"enum": values}}})
}

// items bounds a list, which need not be there.
func items(key string, low, high int) rule {
	return rule{"properties": rule{key: rule{"minItems": low, "maxItems": high}}}
}

func when(cond rule, then ...rule) rule { return rule{"if": cond, "then": allOf(then...)} }

// one says that exactly one of some keys is there.
func one(keys ...string) rule {
	var each []rule
	for _, k := range keys {
		each = append(each, has(k))
	}
	return rule{"oneOf": each}
}

// only forbids all keys of an object but some.
func only(s *spec, keys ...string) rule {
	var others []string
	for _, f := range s.fields {
		if !slices.Contains(keys, f.name) {
			others = append(others, f.name)
		}
	}
	return lacks(others...)
}

func sourceRules(s *spec) (out []rule) {
	for _, name := range sourceKindNames() {
		kind := sourceKinds()[name]
		then := []rule{only(s, append([]string{"kind"}, kind.keys...)...), has(append([]string{"kind"}, kind.needs...)...)}
		if slices.Contains(kind.keys, "url_env") {
			then = append(then, one("url_env", "url_file"))
		}
		if name == "trino" {
			then = append(then, when(has("schema"), has("catalog")))
		}
		out = append(out, when(is("kind", name), then...))
	}
	return out
}

func authRules(s *spec) (out []rule) {
	for _, name := range authKinds() {
		keys, then := authKeys()[name], []rule{}
		known := append([]string{"kind"}, keys.more...)
		for _, need := range keys.needs {
			known = append(known, need+"_env", need+"_file")
			places := []string{need + "_env", need + "_file"}
			if slices.Contains(keys.more, need) {
				places = append(places, need)
			}
			then = append(then, one(places...))
		}
		if name == "api_key" {
			then = append(then, one("header", "query"))
		}
		out = append(out, when(is("kind", name), append(then, only(s, known...))...))
	}
	return out
}

func pagingRules(s *spec) []rule {
	out := []rule{
		when(is("kind", "none"), only(s, "kind")), when(has("size_param"), has("size")), when(is("until", "short"), has("size")),
	}
	for _, kind := range sortedKeys(pagingKeys()) {
		keys := pagingKeys()[kind]
		out = append(out, when(is("kind", kind), only(s, append([]string{"kind"}, keys.takes...)...), has(append([]string{"kind"}, keys.needs...)...)))
	}
	return out
}

// requestRules are those of a request, which is a GET where it does not say.
func requestRules() []rule {
	return []rule{when(not(is("method", "POST")), lacks("body", "idempotent"), not(rule{"properties": rule{"paging": is("in", "body")}, "required": []string{"paging"}}))}
}

// commonKeys are the keys that widgets of every kind have.
func commonKeys() []string {
	return []string{"kind", "dataset", "title", "description", "measures", "dimension", "dimensions", "where"}
}

func widgetRules(s *spec) (out []rule) {
	for _, name := range kinds() {
		shape := shapes()[Kind(name)]
		then := []rule{dimensionsRule(shape), lacks("measures")}
		if shape.measures {
			then[1] = allOf(has("measures"), rule{"properties": rule{"measures": rule{"minItems": 1}}})
		}
		known := slices.Concat(commonKeys(), shape.keys)
		if !slices.Contains(known, "compare") {
			known = append(known, "compare")
			then = append(then, rule{"properties": rule{"compare": rule{"const": "none"}}})
		}
		then = append(then, only(s, known...))
		for _, need := range shape.needs {
			then = append(then, has(need.key))
		}
		out = append(out, when(is("kind", name), then...))
	}
	split := anyOf(has("dimension"), rule{"required": []string{"dimensions"}, "properties": rule{"dimensions": rule{"minItems": 1}}})
	return append(out,
		when(allOf(is("kind", string(Timeseries)), anyOf(is("share", true), is("others", true))), split),
		when(allOf(is("kind", string(Timeseries)), is("cumulative", true)), not(split)),
		when(is("kind", string(Keyness)), items("measures", 1, 1)),
		when(allOf(is("kind", string(AlertKind)), has("dimension")), lacks("sort")),
		when(allOf(is("kind", string(AlertKind)), not(has("dimension"))), lacks("top"), not(rule{"properties": rule{"alert": is("rule", string(alert.Trend))}, "required": []string{"alert"}})),
	)
}

// dimensionsRule bounds how many dimensions a widget has, in dimension or dimensions.
func dimensionsRule(s shape) rule {
	var ways []rule
	if s.minDims == 0 {
		ways = append(ways, lacks("dimension", "dimensions"))
	}
	if s.minDims <= 1 && s.maxDims >= 1 {
		ways = append(ways, allOf(has("dimension"), lacks("dimensions")))
	}
	return anyOf(append(ways, allOf(has("dimensions"), lacks("dimension"), items("dimensions", s.minDims, s.maxDims)))...)
}

// ruleRules are those of an alert's rule.
func ruleRules() (out []rule) {
	for _, name := range alertRules() {
		var others []string
		for key, of := range alertKeys() {
			if !slices.Contains(of, alert.Kind(name)) {
				others = append(others, key)
			}
		}
		out = append(out, when(is("rule", name), lacks(others...)))
	}
	return append(out,
		when(is("rule", string(alert.Threshold)), one("at_least", "at_most")),
		when(allOf(is("rule", string(alert.Rows)), anyOf(has("at_least"), has("column"))), has("at_least", "column")),
	)
}

func measureRules() []rule {
	fraction := is("agg", string(query.Percentile))
	return []rule{
		one("agg", "formula"), when(has("formula"), lacks(notWithFormula()...)),
		when(not(is("agg", string(query.Count))), anyOf(has("field"), has("formula"))),
		{"if": fraction, "then": has("fraction"), "else": lacks("fraction", "approximate")},
	}
}

func dimensionRules() []rule {
	of := func(types ...query.Type) rule { return is("type", types...) }
	isTime := anyOf(has("part"), of(query.Time))
	return []rule{
		when(is("mask", true), anyOf(not(has("type")), of(query.String)), lacks("part"), not(is("multi", true))),
		when(has("part"), anyOf(not(has("type")), of(query.Time, query.Int))),
		{"if": isTime, "then": not(is("multi", true)), "else": lacks("storage", "zone")},
		when(has("unit"), of(query.Int, query.Float), lacks("part")),
	}
}

// datasetRules are those of a dataset, which may be like another that has what is missing.
func datasetRules() []rule {
	places := []string{"files", "table", "native", "request", "sql", "union"}
	var place []rule
	for _, key := range places {
		place = append(place, has(key))
	}
	like := has("like")
	own := anyOf(place...)
	return []rule{
		anyOf(append(place, like)...), not(has("files", "table")), when(has("files"), rule{"properties": rule{"files": rule{"minItems": 1}}}),
		when(allOf(has("format"), own), has("files")), when(has("format"), anyOf(has("files"), like)),
		when(has("sql"), lacks(notWithSQL()...), has("inputs"), rule{"properties": rule{"inputs": rule{"minProperties": 1}, "tenant": rule{"const": tenantOfInputs}}}),
		when(has("union"), lacks(notWithUnion()...), rule{"properties": rule{"union": rule{"minProperties": 1}, "tenant": rule{"const": tenantOfInputs}}}),
		when(has("request"), lacks(notWithRequest()...)),
		when(allOf(not(has("sql")), anyOf(own, not(like))), lacks("inputs")),
		when(allOf(not(has("union")), anyOf(own, not(like))), lacks("disjoint")),
		when(allOf(not(anyOf(has("sql"), has("union"))), anyOf(own, not(like))), not(is("tenant", tenantOfInputs))),
		when(allOf(not(anyOf(has("native"), has("request"))), anyOf(own, not(like))), lacks("parameters")),
		when(not(anyOf(has("time"), like)), not(is("watermark", "data")), lacksInPartition(is("clustered", true)),
			lacksInPartition(rule{"properties": rule{"keys": rule{"contains": has("bucket")}}, "required": []string{"keys"}})),
	}
}

// lacksInPartition forbids what a partition may say.
func lacksInPartition(r rule) rule {
	return not(rule{"properties": rule{"partition": r}, "required": []string{"partition"}})
}

func partitionKeyRules() []rule {
	return []rule{not(has("bucket", "values")), when(has("layout"), has("bucket"))}
}

func parameterRules() []rule {
	return []rule{when(is("required", true), lacks("default")), when(has("pattern"), anyOf(not(has("type")), is("type", query.String)))}
}

func inputRules() []rule {
	return []rule{anyOf(has("columns"), has("dimensions"), has("measures")), when(has("columns"), lacks("dimensions", "measures"))}
}
