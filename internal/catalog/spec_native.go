package catalog

import "regexp"

// parameterRE restricts the names of parameters: keys of a request, in snake_case.
var parameterRE = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func parameterSpec() *spec {
	return ruled(parameterRules(), object("A value of the request that a native query binds by name.",
		may("type", enum("Its type; default string.", "string", "int", "float", "bool", "time")),
		may("default", &spec{typ: tScalar, doc: "What a request without it means, written as a request would; nothing is null."}),
		may("required", truth("A request without it is rejected; default false.")),
		may("values", listOf("All values that it may have.", &spec{typ: tScalar, doc: "A value."})),
		may("pattern", str("A regular expression for a whole text.")),
		may("description", str("What it says.")),
	))
}

func nativeSpec() *spec {
	return str("A query of the store's own that makes the rows: SQL, CQL, or a MongoDB pipeline as JSON. {name} binds a parameter.")
}
