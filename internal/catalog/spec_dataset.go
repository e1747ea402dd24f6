package catalog

func partitionSpec() *spec {
	return object("Cassandra: the table's partition key. A query reads the partitions that its tenant, range and filters select.",
		must("keys", listOf("Its columns, in order.", ruled(partitionKeyRules(), object("A column of the partition key.",
			must("field", column("The column.")),
			may("type", enum("Its type; default string.", "string", "int", "time")),
			may("bucket", enum("It holds the time's bucket, in UTC.", "hour", "day", "month", "year")),
			may("layout", str("How a bucket is written, as Go's time package has it; default for a day 2006-01-02.")),
			may("values", listOf("All values there are, for a column that spreads rows.", &spec{typ: tScalar, doc: "A value."})))))),
		may("clustered", truth("The time is the first clustering column; default false.")),
	)
}

func datasetSpec() *spec {
	paths := listOf("Path patterns below the data root, without \"..\".", str("A path pattern."))
	paths.one = true
	tenant := object("The request parameter that restricts every query, or none; of a dataset made by sql or a union: inputs.",
		must("parameter", enum("The request's parameter; tenant is the first of the others that is set.",
			"company_id", "company_schema", "dbName", "tenant")),
		may("field", column("The column that holds it; only a query or request that binds {tenant}, or a table named by it, may do without.")),
		may("type", enum("The column's type; default string.", "string", "int")),
		may("pattern", str("A regular expression for the whole value: its allow-list.")),
	)
	tenant.also = []string{"none", tenantOfInputs}
	dataset := object("A relation with its dimensions and measures.",
		may("like", ident("A dataset that holds for whatever this one does not say; dimensions and measures are put together. Its own name: the built-in one.")),
		must("source", ident("The source's name.")),
		may("label", labels("Its name for people.")),
		may("description", str("What a row is.")),
		may("files", paths),
		may("format", enum("The files' format; default by their ending.", "parquet", "csv", "json")),
		may("table", &spec{typ: tText, doc: "A table, view or collection of the source; {tenant} stands for the request's tenant.", match: tableRE, what: "table"}),
		may("partition", partitionSpec()),
		may("native", nativeSpec()),
		may("request", requestSpec()),
		may("parameters", mapOf("What the native query or the request takes from requests, by name.", "parameter name", parameterRE, parameterSpec())),
		may("consistency", consistencySpec("the source's")),
		may("allow_filtering", truth("Native CQL may say ALLOW FILTERING, which reads all partitions; default false.")),
		may("sql", str("SQL over the inputs, which it names as tables; its result's columns are the dataset's.")),
		may("inputs", mapOf("What the SQL reads, by name.", "input name", nameRE, inputSpec())),
		may("union", mapOf("Datasets whose rows are this one's, by name.", "member name", nameRE, memberSpec())),
		may("disjoint", listOf("Dimensions of a union of which no two members have a value in common: what is counted distinct of each adds up.", ident("A dimension."))),
		may("tables", mapOf("Where other sources see the same rows: tables, by source.", "source name", nameRE,
			&spec{typ: tText, doc: "A table of that source.", match: tableRE, what: "table"})),
		may("time", object("The column that decides when a row happened.",
			must("field", column("The column.")),
			may("storage", storageSpec()),
			may("zone", str("The zone of a wall-clock column; default UTC.")))),
		must("tenant", tenant),
		may("watermark", enum("How far the data reaches; default now.", "now", "data")),
		may("dimensions", mapOf("Fields to group and filter by.", "dimension name", nameRE, dimensionSpec())),
		may("measures", mapOf("Numbers with a definition.", "measure name", nameRE, measureSpec())),
		may("keep", object("What was computed of days that are over is kept, and used for every range that they are in.",
			must("closed_after", &spec{typ: tDuration, doc: "How long after the end of a day rows of it may still come, as in 2h."}),
			may("max_age", &spec{typ: tDuration, doc: "How old what is kept may be; default 24h."}),
			may("version", str("Another text has all days computed anew.")))),
		may("rows_per_day", whole("About how many rows a day has, of one tenant: what budgets are held against, in place of the store's own estimate.", 1, 1<<50)),
		may("share", object("Answers are handed to whoever asks the same, in whatever process.",
			must("fresh_for", &spec{typ: tDuration, doc: "How long an answer is as good as a new one, as in 10s; at most 24h."}),
			may("stale_for", &spec{typ: tDuration, doc: "How much longer it is handed out while it is computed anew, at most 24h; default not at all."}))),
		may("changes", object("Values that are others where rows have changed, for stores that cannot tell: what is kept and shared of answers is computed anew then.",
			must("measures", listOf("Measures, such as the newest time of a change, and the number of rows.", ident("A measure."))),
			may("dataset", ident("Another dataset of the same source, of whose rows all are looked at; default this one, of which those of the days are.")),
			may("every", &spec{typ: tDuration, doc: "How often the store is asked for them at most; default 30s."}))),
		may("limits", object("Bounds of one query.",
			may("rows", whole("Rows returned; default 10000.", 1, 1_000_000)),
			may("bytes", whole("Bytes returned; default 67108864.", 1, 1<<40)),
			may("read_bytes", whole("Bytes read for it, where the store says what it reads; default no bound.", 1, 1<<50)),
			may("timeout", &spec{typ: tDuration, doc: "Time, as in 30s; default 30s."}))),
		may("first_day_of_week", enum("Default monday.", weekdays()...)),
		may("first_month_of_year", whole("1 January to 12 December; default 1.", 1, 12)),
		may("example", exampleSpec()),
		may("smallest_time_grain", enum("The finest bucket that makes sense; default minute.", grains()[1:]...)),
		may("synthetic", truth("The data is generated; every result says so.")),
		may("synthetic_columns", listOf("Columns that are generated beside real ones; every result that reads one of them says so.", column("A column."))),
		may("row_filter", str("A row condition on every query.")),
	)
	dataset.unless, dataset.rules = "like", datasetRules()
	return dataset
}

func consistencySpec(otherwise string) *spec {
	return enum("Cassandra: how many replicas answer a read; default "+otherwise+".",
		"ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE")
}

func weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

func storageSpec() *spec {
	return enum("How the column is kept; default timestamp.", "timestamp", "timestamptz", "date", "epoch_s", "epoch_ms")
}

func typeSpec() *spec {
	return enum("The column's type.", "string", "int", "float", "bool", "time")
}

func dimensionSpec() *spec {
	return ruled(dimensionRules(), object("A field to group and filter by.",
		may("field", column("The column; default the dimension's name.")),
		may("type", typeSpec()),
		may("label", labels("Its name for people.")),
		may("description", str("What it says.")),
		may("multi", truth("A list column: a row counts once under each value.")),
		may("part", enum("A part of a time column.", "hour", "weekday", "monthday", "month")),
		may("storage", storageSpec()),
		may("zone", str("The zone of a wall-clock column.")),
		may("unit", str("A number's Grafana unit id: short, percentunit, s, ms, currencyUSD.")),
		may("hidden", truth("Not listed; it can still be used in filters.")),
		may("mask", truth("Texts of private conversations: feeds show them without addresses, links, phone numbers, handles and long numbers; nothing else can be done with them.")),
		may("link", object("It holds an object's key: tables and feeds show the object's name, and a URL beside it that reads the object for a while.",
			must("source", ident("The object store's name.")),
			may("prefix", str("What keys must begin with, in whole parts of the path; {tenant} stands for the request's tenant.")),
			may("valid", &spec{typ: tDuration, doc: "How long a URL is good for, as in 15m, at most 168h; default 15m."}))),
	))
}

func measureSpec() *spec {
	fraction := &spec{typ: tNumber, doc: "The percentile, between 0 and 1.", min: 0, max: 1, open: true}
	pair := listOf("Changes inside [low, high] are neither good nor bad.", &spec{typ: tNumber})
	pair.size = 2
	return ruled(measureRules(), object("A number with a definition: agg or formula.",
		may("agg", enum("The aggregate.", "count", "sum", "avg", "min", "max", "count_distinct", "percentile")),
		may("field", column("What is aggregated.")),
		may("type", typeSpec()),
		may("fraction", fraction),
		may("approximate", truth("A store may answer a percentile from a sketch, within 1 % of the ranks; default false.")),
		may("where", str("A row condition for this measure alone.")),
		may("formula", str("Arithmetic over other measures.")),
		may("label", labels("Its name for people.")),
		may("definition", str("One sentence: what is counted.")),
		may("unit", str("Grafana unit id: short, percentunit, s, ms, currencyUSD.")),
		may("decimals", whole("Digits after the point.", 0, 10)),
		may("fill", enum("What a missing time bucket reads.", "zero", "null", "last")),
		may("down_is_good", truth("A fall is good.")),
		may("neutral_range", pair),
	))
}

// exampleSpec is a range for who has none in mind.
func exampleSpec() *spec {
	s := listOf("The first and the last day of a range that has data: what forms begin with.", &spec{typ: tText, doc: "A day, such as 2026-01-31.", match: dayRE, what: "day"})
	s.size = 2
	return s
}
