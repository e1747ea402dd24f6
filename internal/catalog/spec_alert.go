package catalog

func alertSpec() *spec {
	duration := func(doc string) *spec { return &spec{typ: tDuration, doc: doc} }
	return ruled(ruleRules(), object("The rule of an alert. It judges the widget's first measure.",
		must("rule", enum("How it decides.", alertRules()...)),
		must("window", duration("The time that is judged, which ends with the request's range: 1h, 24h.")),
		may("baseline", duration("The time directly before the window that it is compared with: 168h.")),
		may("bucket", duration("spike: the buckets that both are cut into; default 1h.")),
		may("at_least", &spec{typ: tNumber, doc: "threshold: the measure is no less; rows: the column is no less."}),
		may("at_most", &spec{typ: tNumber, doc: "threshold: the measure is no more."}),
		may("k", &spec{typ: tNumber, doc: "spike, trend: how many standard deviations above the mean; default 3.", min: 0, max: 1000, open: true}),
		may("min_count", whole("How many rows the window must have; default 1.", 1, 1e9)),
		may("min_history", whole("spike, trend: how many buckets of the baseline must have a history; default half of them.", 2, 5000)),
		may("column", ident("rows: the dimension, a number, that is at_least.")),
		may("key", ident("rows: the dimension that tells one row from another, by which repeats are known.")),
		may("evidence", str("A row condition for the evidence alone.")),
		may("cooldown", duration("How long it is silent after it was delivered; default not at all.")),
		may("open", object("The page about one row of the evidence.",
			must("page", &spec{typ: tText, doc: "The page.", match: pageRE, what: "page name"}),
			must("parameter", ident("Its parameter.")),
			must("dimension", ident("The column of the evidence that has the parameter's value.")))),
	))
}
