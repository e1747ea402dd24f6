package catalog

import "regexp"

var (
	queryNameRE  = regexp.MustCompile(`^[A-Za-z0-9_.$@:~\[\]-]{1,100}$`)
	headerNameRE = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	urlPathRE    = regexp.MustCompile(`^/[A-Za-z0-9._~@:,=+$!*'()/-]*$`)
)

func variable(doc string) *spec {
	return &spec{typ: tText, doc: doc, match: nameRE, what: "variable"}
}

// secret are the two keys that say where a value stands.
func secret(name, what string) []field {
	return []field{
		may(name+"_env", variable("The variable that holds "+what+".")),
		may(name+"_file", str("The file that holds "+what+"; it is read for each use.")),
	}
}

// httpFields are a source's keys of kind http.
func httpFields() []field {
	return []field{
		may("auth", authSpec()),
		may("timeout", &spec{typ: tDuration, doc: "HTTP: time of one request; default APP_AI_APIS_TIMEOUT."}),
		may("rate", &spec{typ: tNumber, doc: "HTTP: requests a second; default any number.", min: 0, max: 1e6, open: true}),
		may("max_bytes", whole("HTTP: bytes of one answer, unpacked; default 16777216.", 1, 1<<30)),
		may("max_total_bytes", whole("HTTP: bytes of all pages of one query; default 67108864.", 1, 1<<32)),
		may("max_pages", whole("HTTP: pages of one query; default 100. More are an error.", 1, 100_000)),
		may("allow_private", truth("HTTP: addresses that are not public may be asked, and credentials may travel without TLS; default false.")),
		may("health", &spec{typ: tText, doc: "HTTP: the path that says whether the API is well; without it, a connection does.", match: urlPathRE, what: "path"}),
		may("reuse", &spec{typ: tDuration, doc: "HTTP: how long an answer serves equal requests; default 5s."}),
	}
}

func authSpec() *spec {
	fields := []field{
		must("kind", enum("What it is.", authKinds()...)),
		may("header", &spec{typ: tText, doc: "api_key: the header that takes the key.", match: headerNameRE, what: "header"}),
		may("query", &spec{typ: tText, doc: "api_key: the parameter of the URL that takes the key.", match: queryNameRE, what: "parameter"}),
		may("token_url", str("oauth2: where tokens come from.")),
		may("scopes", listOf("oauth2: what is asked for.", str("A scope."))),
		may("secret_in", enum("oauth2: how id and secret are sent; default header.", "header", "body")),
	}
	for _, s := range []struct{ name, what string }{
		{"token", "the bearer token"}, {"user", "the user of basic"}, {"password", "the password of basic"}, {"value", "the API key"},
		{"token_url", "where oauth2's tokens come from"}, {"id", "oauth2's client id"}, {"secret", "oauth2's client secret"},
	} {
		fields = append(fields, secret(s.name, s.what)...)
	}
	s := object("HTTP: how to prove who asks. Secrets stand in the environment or in files.", fields...)
	s.rules = authRules(s)
	return s
}

func requestSpec() *spec {
	keys := func(doc string) *spec {
		s := listOf(doc+" Keys with dots between, $ for the whole; or a list of keys.", str("A key."))
		s.one = true
		return s
	}
	return ruled(requestRules(), object("HTTP: the request whose answer holds the rows. {name} stands for a value, {{ for a brace.",
		may("method", enum("Default GET.", "GET", "POST")),
		may("path", str("Follows the source's URL. A placeholder is a part of one segment.")),
		may("query", mapOf("Parameters of the URL, in order; one without a value is left out.", "parameter name", queryNameRE, &spec{typ: tScalar, doc: "Its value."})),
		may("headers", mapOf("Headers; one without a value is left out.", "header name", headerNameRE, &spec{typ: tScalar, doc: "Its value."})),
		may("body", &spec{typ: tAny, doc: "JSON; a text that is one placeholder becomes its value, with the value's type."}),
		may("idempotent", truth("A POST may be sent again after an error; default false.")),
		may("rows", keys("Where the rows are: a list of objects, or one object; default $.")),
		may("paging", pagingSpec(keys)),
	))
}

func pagingSpec(keys func(doc string) *spec) *spec {
	s := object("How further pages are asked for.",
		must("kind", enum("What it is.", "none", "page", "offset", "cursor", "link")),
		may("param", &spec{typ: tText, doc: "The parameter that takes the page's number, the offset or the cursor.", match: queryNameRE, what: "parameter"}),
		may("first", whole("page: the number of the first page; default 1.", 0, 1_000_000)),
		may("size_param", &spec{typ: tText, doc: "The parameter that takes the size of a page.", match: queryNameRE, what: "parameter"}),
		may("size", whole("Rows of a page.", 1, 1_000_000)),
		may("in", enum("Where the parameters go; default query.", "query", "body")),
		may("next", keys("cursor, link: where the answer has the next cursor or link; default of link its Link header.")),
		may("more", keys("Where the answer says true while there are more pages.")),
		may("total", keys("Where the answer says how many rows there are.")),
		may("until", enum("page, offset: the last page is the first empty one, or the first with fewer rows than size; default empty.", "empty", "short")),
	)
	s.rules = pagingRules(s)
	return s
}
