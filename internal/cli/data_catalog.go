package cli

import (
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// catalog writes, as a catalog, where the tables are: the built-in pages are then answered from there. Posts, interactions and the like
// are real by themselves, and no longer so in a table that was made larger.
func (c *dataLoadCmd) catalog(loaded []loadedTable) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The built-in pages over these tables: save this, and name the file in APP_DISPATCHER_CATALOG.\nversion: 1\nextends: builtin\nsources:\n  loaded: {%s}\n", c.source())
	head := "datasets:\n"
	for _, t := range loaded {
		name := strings.TrimSuffix(t.Name, "_by_"+t.By)
		switch name {
		case "profiles", "counters": // of catalogs/stores, not of the built-in pages
			continue
		case "authors":
			name = "people"
		}
		synthetic := ""
		if t.larger {
			synthetic = ", synthetic: true"
		}
		fmt.Fprintf(&b, "%s  %s: {like: %s, source: loaded, %s%s}\n", head, name, name, c.relation(&t), synthetic)
		head = ""
	}
	if head != "" {
		return ""
	}
	return b.String()
}

func (c *dataLoadCmd) source() string {
	switch c.Store {
	case "duckdb":
		return fmt.Sprintf("kind: duckdb, path: %q", c.File)
	case "mongodb":
		return fmt.Sprintf("kind: mongodb, url_env: %s, database: %s", c.URLEnv, c.Into)
	case "cassandra":
		return fmt.Sprintf("kind: cassandra, url_env: %s, keyspace: %s", c.URLEnv, c.Into)
	}
	region := ""
	if c.Region != "" {
		region = ", region: " + c.Region
	}
	return fmt.Sprintf("kind: s3, url_env: %s, bucket: %s%s", c.URLEnv, bucketOf(c.Into), region)
}

func (c *dataLoadCmd) relation(t *loadedTable) string {
	switch c.Store {
	case "cassandra":
		keys := "{field: " + t.Tenant + "}"
		switch {
		case t.By != "":
			keys += ", {field: " + t.By + "}"
		case t.Time != "":
			keys += ", {field: " + load.MonthColumn + ", bucket: month, layout: " + load.MonthLayout + "}"
		}
		return fmt.Sprintf("table: %s, partition: {keys: [%s], clustered: %v}", t.Name, keys, t.Time != "")
	case "s3", "minio":
		return fmt.Sprintf("files: [%q]", t.Name+"/{tenant}/{yyyy}/{mm}/*.parquet")
	}
	return "table: " + t.Name
}
