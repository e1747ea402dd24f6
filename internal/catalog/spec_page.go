package catalog

import "regexp"

func grains() []string {
	return []string{"auto", "minute", "hour", "day", "week", "month", "quarter", "year"}
}

func pageSpec() *spec {
	page := object("Widgets that one request asks for.",
		may("like", &spec{typ: tText, doc: "A page that holds for whatever this one does not say, but for its events; widgets are put together. Its own name: the built-in one.",
			match: pageRE, what: "page name"}),
		may("product", &spec{typ: tText, doc: "The product, where the key does not say it.",
			match: regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]{0,63})?$`), what: "product"}),
		may("label", labels("Its name for people.")),
		may("description", str("What it shows.")),
		may("events", listOf("Event names that ask for this page.", &spec{typ: tText,
			match: regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,128}$`), what: "event name"})),
		may("filters", listOf("Dimensions that a request may filter by; all when left out.", ident("A dimension."))),
		may("parameters", mapOf("Keys of a request that restrict its widgets, by name: the page of one interaction, one customer, one question.", "parameter name", parameterRE,
			object("A key that restricts the widgets.",
				must("dimension", ident("The dimension that has one of its values, in the datasets of all widgets that are not named in datasets.")),
				may("datasets", mapOf("The dimension in other datasets, by their names.", "dataset name", nameRE, ident("A dimension."))),
				may("required", truth("A request without it is rejected; default false."))))),
		may("newest_wins", truth("A later request of the same tenant and routing key for this page takes the place of an earlier one, which ends as superseded; default false.")),
		may("budget", object("What one request may read, by estimate; in place of the process's budget.",
			may("rows", whole("Rows; default no bound.", 1, 1<<50)),
			may("bytes", whole("Bytes; default no bound.", 1, 1<<50)),
			may("parts", whole("Partitions and objects; default no bound.", 1, 1<<40)))),
		may("custom", customSpec()),
		may("dataset", ident("The default dataset of its widgets.")),
		may("compare", enum("The default comparison of its widgets.", "none", "prior_period", "prior_year")),
		must("widgets", mapOf("Widgets by id, in order.", "widget id", nameRE, widgetSpec())),
	)
	page.unless = "like"
	return page
}

func widgetSpec() *spec {
	widget := object("One question and the shape of its answer.",
		must("kind", enum("The shape.", kinds()...)),
		may("dataset", ident("The dataset; default the page's.")),
		may("title", labels("Its title.")),
		may("description", labels("What it shows.")),
		may("measures", listOf("Names of measures.", ident("A measure."))),
		may("dimension", ident("The dimension to group by.")),
		may("dimensions", listOf("Dimensions to group by; a feed's columns.", ident("A dimension."))),
		may("grain", enum("The time bucket; default auto.", grains()...)),
		may("compare", enum("What it is compared with.", "none", "prior_period", "prior_year")),
		may("top", whole("How many groups; default 10.", 1, 1000)),
		may("others", truth("One more row for all the rest.")),
		may("share", truth("Beside each count and sum its share of the total over all groups.")),
		may("sort", listOf("Names of this widget's columns; -name for descending.", &spec{typ: tText,
			match: regexp.MustCompile(`^-?[A-Za-z][A-Za-z0-9_]{0,63}$`), what: "column to sort by"})),
		may("distinct_by", distinctSpec()),
		may("sortable", mapOf("What a request may sort by: words for columns of this widget; default all of them by their names.", "word", nameRE, ident("A column."))),
		may("page_size", whole("Rows a page; default 50, as evidence of an alert 5.", 1, 10000)),
		may("total", truth("Count all rows too.")),
		may("where", str("A row condition.")),
		may("alert", alertSpec()),
		may("bins", binsSpec()),
	)
	widget.fields = append(widget.fields, analysisFields()...)
	widget.rules = widgetRules(widget)
	return widget
}

func distinctSpec() *spec {
	s := listOf("Columns of the feed: of the rows with the same values in them, the first is shown.", ident("A column."))
	s.one = true
	return s
}

func binsSpec() *spec {
	return object("Numeric bins.",
		must("start", &spec{typ: tNumber, doc: "The lower edge of the first bin."}),
		must("width", &spec{typ: tNumber, doc: "The width of a bin.", min: 0, max: 1e18, open: true}),
		must("count", whole("How many bins.", 1, 1000)))
}
