package catalog

import "regexp"

// The bounds of one widget that a request describes. Those of its kind and its dataset hold, too.
const (
	maxMeasures = 32
	maxTitle    = 200
	maxLimit    = 1000
	maxOffset   = 1_000_000
)

var (
	describedRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$`)
	memberRE    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}(\.[A-Za-z][A-Za-z0-9_]{0,63})?$`)
)

// describedSpec is a widget as a request describes it: Cube's query, and the catalog's words for its shape.
func describedSpec() *spec {
	member := &spec{typ: tText, doc: "A name, or dataset.name.", match: memberRE, what: "member"}
	members := listOf("Names.", member)
	members.one = true
	return object("A widget of a request's own.",
		may("id", &spec{typ: tText, doc: "Its id, in a list.", match: describedRE, what: "widget id"}),
		may("kind", enum("The shape; without it, what its members make it.", describedKinds()...)),
		may("title", labels("Its title.")),
		may("dataset", ident("The dataset; else that of its members, else the page's first.")),
		may("measures", members),
		may("dimensions", members),
		may("timeDimensions", listOf("The time, once.", object("The dataset's time.",
			must("dimension", member),
			may("dateRange", &spec{typ: tAny, doc: "A start and an end, one day, or a word."}),
			may("compareDateRange", &spec{typ: tAny, doc: "Two ranges: the second is compared with."}),
			may("granularity", enum("The bucket.", grains()...))))),
		may("filters", &spec{typ: tAny, doc: "As those of the request."}),
		may("order", &spec{typ: tAny, doc: "Members with asc or desc, or -name."}),
		may("limit", whole("Rows, or groups.", 1, maxLimit)),
		may("offset", whole("Rows before the first page.", 0, maxOffset)),
		may("timezone", str("An IANA name; default the request's.")),
		may("total", truth("Count all rows, too.")),
		may("ungrouped", truth("Rows in place of groups.")),
		may("top", whole("How many groups; default 10.", 1, 1000)),
		may("others", truth("One more row for all the rest.")),
		may("share", truth("Beside each count and sum its share of the total.")),
		may("compare", enum("What it is compared with.", "none", "prior_period", "prior_year")),
		may("bins", binsSpec()),
	)
}

// describedKinds are the shapes of which a query says all that there is to say.
func describedKinds() []string {
	var out []string
	for _, k := range []Kind{Stat, Timeseries, Breakdown, Table, Feed, Histogram, Heatmap} {
		out = append(out, string(k))
	}
	return out
}

// canonical returns Cube's spelling of a key, which may come in snake_case.
func canonical(key string) string {
	switch key {
	case "time_dimensions":
		return "timeDimensions"
	case "date_range":
		return "dateRange"
	case "compare_date_range":
		return "compareDateRange"
	case "page_size", "pageSize":
		return "limit"
	case "time_zone", "timeZone":
		return "timezone"
	}
	return key
}

// spell gives the keys of v, and of the maps in it, Cube's spelling.
func spell(v *value) {
	for i := range v.keys {
		v.keys[i].name = canonical(v.keys[i].name)
		if v.keys[i].name == "timeDimensions" {
			for _, x := range v.keys[i].val.items {
				spell(x)
			}
		}
	}
}
