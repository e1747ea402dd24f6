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

func sourceSpec() *spec {
	s := object("A source.",
		must("kind", enum("What it is.", sourceKindNames()...)),
		may("path", str("A DuckDB database file; without it, an in-memory database over files.")),
		may("read_only", truth("Open the path without the right to change it; default true.")),
		may("threads", whole("Threads of the engine.", 1, 1024)),
		may("memory_limit", whole("Bytes that the embedded engine holds in memory, over all queries; what goes beyond is on the disk. Default 1 GiB.", 32<<20, 1<<50)),
		may("connections", whole("Connections, and so queries at the same time.", 1, 1024)),
		may("queries", whole("Queries at the same time, over all requests; more wait.", 1, 4096)),
		may("url_env", &spec{typ: tText, doc: "The variable that holds the server's URL, with its credentials.", match: nameRE, what: "variable"}),
		may("url_file", str("The file that holds the server's URL, with its credentials.")),
		may("ca_file", str("Certificates (PEM) of the authorities to trust, in place of the system's.")),
		may("database", ident("MongoDB: the database.")),
		may("read_preference", enum("MongoDB: which members to read; default primary.",
			"primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest")),
		may("allow_disk_use", truth("MongoDB: aggregations may use the server's disk; default false.")),
		may("keyspace", ident("Cassandra: the keyspace.")),
		may("consistency", consistencySpec("LOCAL_ONE")),
		may("bucket", &spec{typ: tText, doc: "S3: the bucket.", match: bucketRE, what: "bucket"}),
		may("region", str("S3: the region, where the store has some.")),
		may("cache_bytes", whole("S3: what is kept on the local disk; default 4 GiB.", 1<<20, 1<<50)),
		may("object_bytes", whole("S3: how many bytes one object of CSV or JSON may unpack to; default 4 GiB.", 1<<10, 1<<50)),
		may("catalog", ident("Trino: the catalog of tables whose names do not say it.")),
		may("schema", ident("Trino: the schema of tables whose names do not say it.")),
	)
	s.fields = append(s.fields, httpFields()...)
	return s
}

func partitionSpec() *spec {
	return object("Cassandra: the table's partition key. A query reads the partitions that its tenant, range and filters select.",
		must("keys", listOf("Its columns, in order.", object("A column of the partition key.",
			must("field", column("The column.")),
			may("type", enum("Its type; default string.", "string", "int", "time")),
			may("bucket", enum("It holds the time's bucket, in UTC.", "hour", "day", "month", "year")),
			may("layout", str("How a bucket is written, as Go's time package has it; default for a day 2006-01-02.")),
			may("values", listOf("All values there are, for a column that spreads rows.", &spec{typ: tScalar, doc: "A value."}))))),
		may("clustered", truth("The time is the first clustering column; default false.")),
	)
}

func datasetSpec() *spec {
	paths := listOf("Path patterns below the data root, without \"..\".", str("A path pattern."))
	paths.one = true
	tenant := object("The request parameter that restricts every query, or none; of a dataset made by sql: inputs.",
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
		may("limits", object("Bounds of one query.",
			may("rows", whole("Rows returned; default 10000.", 1, 1_000_000)),
			may("bytes", whole("Bytes returned; default 67108864.", 1, 1<<40)),
			may("read_bytes", whole("Bytes read for it, where the store says what it reads; default no bound.", 1, 1<<50)),
			may("timeout", &spec{typ: tDuration, doc: "Time, as in 30s; default 30s."}))),
		may("first_day_of_week", enum("Default monday.", weekdays()...)),
		may("first_month_of_year", whole("1 January to 12 December; default 1.", 1, 12)),
		may("smallest_time_grain", enum("The finest bucket that makes sense; default minute.", grains()[1:]...)),
		may("synthetic", truth("The data is generated; every result says so.")),
		may("synthetic_columns", listOf("Columns that are generated beside real ones; every result that reads one of them says so.", column("A column."))),
		may("row_filter", str("A row condition on every query.")),
	)
	dataset.unless = "like"
	return dataset
}

func consistencySpec(otherwise string) *spec {
	return enum("Cassandra: how many replicas answer a read; default "+otherwise+".",
		"ONE", "TWO", "THREE", "QUORUM", "ALL", "LOCAL_QUORUM", "EACH_QUORUM", "LOCAL_ONE")
}

func weekdays() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

func grains() []string {
	return []string{"auto", "minute", "hour", "day", "week", "month", "quarter", "year"}
}

func storageSpec() *spec {
	return enum("How the column is kept; default timestamp.", "timestamp", "timestamptz", "date", "epoch_s", "epoch_ms")
}

func typeSpec() *spec {
	return enum("The column's type.", "string", "int", "float", "bool", "time")
}

func dimensionSpec() *spec {
	return object("A field to group and filter by.",
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
	)
}

func measureSpec() *spec {
	fraction := &spec{typ: tNumber, doc: "The percentile, between 0 and 1.", min: 0, max: 1, open: true}
	pair := listOf("Changes inside [low, high] are neither good nor bad.", &spec{typ: tNumber})
	pair.size = 2
	return object("A number with a definition: agg or formula.",
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
	)
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
		may("description", str("What it shows.")),
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
