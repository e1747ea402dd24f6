package catalog

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
	s.rules = sourceRules(s)
	return s
}
