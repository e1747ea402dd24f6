package catalog

import (
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// sourceKind is what a kind of source takes and needs.
type sourceKind struct {
	keys, needs []string
	// files and tables say what its datasets may be over; partitions, that their tables may say how they are cut.
	files, tables, partitions bool
	// joins says that it computes SQL over inputs: over those of every source, or over its own tables only.
	joins, joinsOwn bool
	// native is the language of native queries: sql, cql or pipeline.
	native string
	// calls says that its datasets are over requests.
	calls bool
}

func sourceKinds() map[string]sourceKind {
	url := []string{"url_env", "url_file"}
	remote := func(more ...string) []string { return slices.Concat(url, []string{"connections", "queries"}, more) }
	return map[string]sourceKind{
		"duckdb":    {keys: []string{"path", "read_only", "threads", "memory_limit", "connections", "queries"}, files: true, tables: true, joins: true, native: "sql"},
		"mongodb":   {keys: remote("ca_file", "database", "read_preference", "allow_disk_use"), needs: []string{"database"}, tables: true, native: "pipeline"},
		"cassandra": {keys: remote("ca_file", "keyspace", "consistency", "memory_limit"), needs: []string{"keyspace"}, tables: true, partitions: true, native: "cql"},
		"s3":        {keys: remote("ca_file", "bucket", "region", "cache_bytes", "object_bytes", "memory_limit"), needs: []string{"bucket"}, files: true},
		"trino":     {keys: remote("catalog", "schema"), tables: true, joinsOwn: true, native: "sql"},
		"http": {keys: remote("auth", "timeout", "rate", "max_bytes", "max_total_bytes", "max_pages", "allow_private", "ca_file", "health", "reuse", "memory_limit"),
			calls: true},
	}
}

func sourceKindNames() []string {
	return []string{"duckdb", "mongodb", "cassandra", "s3", "trino", "http"}
}

func (b *builder) source(name string, v *value) *Source {
	s := &Source{
		Name: name, Kind: v.get("kind").str(""), Path: v.get("path").str(""),
		ReadOnly: v.get("read_only").bool(true),
		Threads:  v.get("threads").int(0), Connections: v.get("connections").int(0), Queries: v.get("queries").int(0),
		URLEnv: v.get("url_env").str(""), URLFile: v.get("url_file").str(""),
		Database: v.get("database").str(""), Keyspace: v.get("keyspace").str(""),
		CAFile: v.get("ca_file").str(""), Bucket: v.get("bucket").str(""), Region: v.get("region").str(""),
		CacheBytes: int64(v.get("cache_bytes").int(0)), ObjectBytes: int64(v.get("object_bytes").int(0)), MemoryLimit: int64(v.get("memory_limit").int(0)),
		Catalog: v.get("catalog").str(""), Schema: v.get("schema").str(""),
		ReadPreference: v.get("read_preference").str(""), Consistency: v.get("consistency").str(""),
		AllowDiskUse: v.get("allow_disk_use").bool(false), HTTP: b.http(v),
	}
	kind, ok := sourceKinds()[s.Kind]
	if !ok {
		return s // reported by the spec
	}
	for _, e := range v.keys {
		if e.name != "kind" && !slices.Contains(kind.keys, e.name) {
			b.faults.add(e.at, "it takes "+strings.Join(kind.keys, ", "), "%s does not go with kind %s", e.name, s.Kind)
		}
	}
	for _, key := range kind.needs {
		if !v.wrote(key) {
			b.faults.add(v.at, "", "source %s: kind %s needs a %s", name, s.Kind, key)
		}
	}
	if x := v.get("schema"); x != nil && s.Kind == "trino" && s.Catalog == "" {
		b.faults.add(x.at, "name its catalog", "source %s has a schema of no catalog", name)
	}
	if slices.Contains(kind.keys, "url_env") && v.wrote("url_env") == v.wrote("url_file") {
		b.faults.add(v.at, "the URL holds secrets, so it stands in the environment or in a file",
			"source %s: kind %s needs one of url_env and url_file", name, s.Kind)
	}
	return s
}

// fits checks that a dataset's relation is one that its source can hold.
func (b *builder) fits(d *Dataset, v *value) {
	if d.Source == nil {
		return
	}
	kind, ok := sourceKinds()[d.Source.Kind]
	if !ok {
		return
	}
	noFiles, noTables := "name its table", "name its files"
	if kind.calls {
		noFiles, noTables = "say request", "say request"
	}
	if files := v.get("files"); files != nil && !kind.files {
		b.faults.add(files.at, noFiles, "source %s, of kind %s, holds no files", d.Source.Name, d.Source.Kind)
	}
	if table := v.get("table"); table != nil && !kind.tables {
		b.faults.add(table.at, noTables, "source %s, of kind %s, holds no tables", d.Source.Name, d.Source.Kind)
	}
	b.whole(d.Source, v.get("table"))
	for _, key := range []string{"consistency", "allow_filtering"} {
		if x := v.get(key); x != nil && !kind.partitions {
			b.faults.add(x.at, "", "%s does not go with a source of kind %s", key, d.Source.Kind)
		}
	}
	d.Relation.Consistency = v.get("consistency").str("")
	p := v.get("partition")
	if p == nil {
		if kind.partitions && !v.wrote("partition") && !v.wrote("native") {
			b.faults.add(v.at, "a query must know which partitions to read", "dataset %s: a table of kind %s needs its partition", d.Name, d.Source.Kind)
		}
		return
	}
	if !kind.partitions {
		b.faults.add(p.at, "", "partition does not go with a source of kind %s", d.Source.Kind)
		return
	}
	d.Relation.Partition = b.partition(p, v)
}

// whole checks that a source which sees many catalogs is told which one a table is in.
func (b *builder) whole(s *Source, table *value) {
	if s.Kind != "trino" || table == nil {
		return
	}
	parts := strings.Count(table.text, ".") + 1
	if parts > 3 || parts < 3 && s.Catalog == "" || parts < 2 && s.Schema == "" {
		b.faults.add(table.at, "write catalog.schema.table, or give the source a catalog and a schema",
			"source %s does not know where table %s is", s.Name, table.text)
	}
}

func (b *builder) partition(p, dataset *value) *query.Partition {
	out := &query.Partition{Clustered: p.get("clustered").bool(false)}
	if out.Clustered && !dataset.wrote("time") {
		b.faults.add(p.get("clustered").at, "give the dataset a time", "clustered says that the time is the first clustering column")
	}
	for _, k := range p.get("keys").all() {
		key := query.PartitionKey{
			Column: k.get("field").str(""), Type: query.Type(k.get("type").str("string")),
			Bucket: k.get("bucket").str(""), Layout: k.get("layout").str(""),
		}
		for _, item := range k.get("values").all() {
			if key.Type == query.Int {
				key.Values = append(key.Values, int64(item.num))
			} else {
				key.Values = append(key.Values, item.text)
			}
		}
		switch {
		case key.Bucket != "" && key.Values != nil:
			b.faults.add(k.at, "keep one of them", "partition key %s has both bucket and values", key.Column)
		case key.Bucket != "" && !dataset.wrote("time"):
			b.faults.add(k.at, "give the dataset a time", "partition key %s is a bucket of the time, which the dataset lacks", key.Column)
		case key.Layout != "" && key.Bucket == "":
			b.faults.add(k.get("layout").at, "", "layout goes with bucket")
		}
		out.Keys = append(out.Keys, key)
	}
	return out
}

// calls says whether s is asked by requests.
func (s *Source) calls() bool { return s != nil && sourceKinds()[s.Kind].calls }
