package catalog

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// bySchema returns what says whether a file is one of the schema.
func bySchema(t *testing.T) func(data []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("catalog.json", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("catalog.json")
	return func(data []byte) error {
		j, err := yaml.YAMLToJSON(data)
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(j))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
}

type dict = map[string]any

// variants are an object of each kind that is sound, and a sound value of every key that any kind has. In a catalog of it, key by key is added, set or left
// out: the schema and the loader say the same of each.
type variants struct {
	of      map[string]dict
	samples dict
	// besides are samples of one kind alone.
	besides map[string]dict
	in      func(dict) dict
	// alone is what the loader alone refuses, since it takes a look elsewhere.
	alone []string
}

func TestSchemaAndLoaderAgreeOnKinds(t *testing.T) {
	t.Parallel()
	valid := bySchema(t)
	for what, v := range map[string]variants{
		"source": sourceVariants(), "auth": authVariants(), "paging": pagingVariants(), "widget": widgetVariants(), "alert": alertVariants(),
		"measure": measureVariants(), "dimension": dimensionVariants(), "dataset": datasetVariants(), "partition key": partitionVariants(), "input": inputVariants(),
		"parameter": parameterVariants(),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			good, bad := 0, 0
			for kind, base := range v.of {
				samples := maps.Clone(v.samples)
				maps.Copy(samples, v.besides[kind])
				compare := func(how string, o dict) {
					text, err := json.Marshal(v.in(o))
					if err != nil {
						t.Fatal(err)
					}
					_, loaded := loadText(string(text))
					checked := valid(text)
					if alone := slices.Contains(v.alone, kind+" "+how); alone && (loaded == nil || checked != nil) || !alone && (loaded == nil) != (checked == nil) {
						t.Errorf("%s %s, %s: the loader says %v, the schema %v\n%s", what, kind, how, loaded, checked, text)
					}
					if loaded == nil {
						good++
					} else {
						bad++
					}
				}
				compare("as it is", base)
				for key, sample := range samples {
					o := maps.Clone(base)
					o[key] = sample
					compare("with "+key, o)
				}
				for key := range base {
					o := maps.Clone(base)
					delete(o, key)
					compare("without "+key, o)
				}
			}
			if good < len(v.of) || bad == 0 {
				t.Errorf("%d are good and %d bad: some of the %d that should be sound are not", good, bad, len(v.of))
			}
			t.Logf("%d good and %d bad", good, bad)
		})
	}
}

// catalogOf is a catalog with a dataset of rows and a page.
func catalogOf(change func(c dict)) dict {
	c := dict{
		"version": 1, "sources": dict{"s": dict{"kind": "duckdb"}, "api": dict{"kind": "http", "url_env": "U"}},
		"datasets": dict{"posts": rowsDataset()},
		"pages":    dict{"P": dict{"dataset": "posts", "widgets": dict{"w": dict{"kind": "stat", "measures": []any{"n"}}}}},
	}
	change(c)
	return c
}

func rowsDataset() dict {
	return dict{
		"source": "s", "files": "posts.parquet", "time": dict{"field": "at"}, "tenant": "none",
		"dimensions": dict{
			"channel": dict{}, "replies": dict{"type": "int"}, "at": dict{"type": "time"}, "id": dict{}, "parent": dict{}, "hour": dict{"field": "at", "part": "hour"},
		},
		"measures": dict{"n": dict{"agg": "count"}},
	}
}

func sourceVariants() variants {
	return variants{
		of: map[string]dict{
			"duckdb": {"kind": "duckdb"}, "mongodb": {"kind": "mongodb", "url_env": "U", "database": "d"}, "cassandra": {"kind": "cassandra", "url_file": "f", "keyspace": "k"},
			"s3": {"kind": "s3", "url_env": "U", "bucket": "bucket"}, "trino": {"kind": "trino", "url_env": "U", "catalog": "c"}, "http": {"kind": "http", "url_env": "U"},
		},
		samples: dict{
			"path": "x.duckdb", "read_only": true, "threads": 2, "memory_limit": 64 << 20, "connections": 2, "queries": 2, "url_env": "U", "url_file": "f", "ca_file": "c",
			"database": "d", "read_preference": "nearest", "allow_disk_use": true, "keyspace": "k", "consistency": "ONE", "bucket": "bucket", "region": "r", "cache_bytes": 2 << 20,
			"object_bytes": 2 << 20, "catalog": "c", "schema": "s", "auth": dict{"kind": "bearer", "token_env": "T"}, "timeout": "3s", "rate": 5, "max_bytes": 1000, "max_total_bytes": 1000,
			"max_pages": 3, "allow_private": true, "health": "/health", "reuse": "3s",
		},
		in: func(o dict) dict { return catalogOf(func(c dict) { c["sources"].(dict)["x"] = o }) },
	}
}

func authVariants() variants {
	return variants{
		of: map[string]dict{
			"bearer": {"kind": "bearer", "token_env": "T"}, "basic": {"kind": "basic", "user_env": "U", "password_file": "p"},
			"header": {"kind": "api_key", "value_env": "V", "header": "X-Key"}, "query": {"kind": "api_key", "value_env": "V", "query": "key"},
			"oauth2": {"kind": "oauth2", "token_url": "https://a.example/token", "id_env": "I", "secret_env": "S"}, "oauth2 by file": {"kind": "oauth2", "token_url_file": "u", "id_env": "I", "secret_env": "S"},
		},
		samples: dict{
			"header": "X-Key", "query": "key", "token_url": "https://a.example/token", "scopes": []any{"a"}, "secret_in": "body", "token_env": "T", "token_file": "t", "user_env": "U",
			"user_file": "u", "password_env": "P", "password_file": "p", "value_env": "V", "value_file": "v", "token_url_env": "U", "token_url_file": "u", "id_env": "I", "id_file": "i",
			"secret_env": "S", "secret_file": "s",
		},
		in: func(o dict) dict { return catalogOf(func(c dict) { c["sources"].(dict)["api"].(dict)["auth"] = o }) },
	}
}

func pagingVariants() variants {
	return variants{
		of: map[string]dict{
			"none": {"kind": "none"}, "page": {"kind": "page", "param": "p"}, "offset": {"kind": "offset", "param": "o", "size_param": "n", "size": 5},
			"cursor": {"kind": "cursor", "param": "c", "next": "next"}, "link": {"kind": "link"},
		},
		samples: dict{
			"param": "p", "first": 0, "size_param": "n", "size": 5, "in": "query", "next": "next", "more": "more", "total": "total", "until": "empty",
		},
		besides: map[string]dict{"page": {"until": "short", "in": "body"}},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				d := rowsDataset()
				delete(d, "files")
				d["source"], d["request"] = "api", dict{"path": "/x", "paging": o}
				c["datasets"].(dict)["posts"] = d
			})
		},
	}
}

func widgetVariants() variants {
	n, channel := []any{"n"}, []any{"channel"}
	feed := []any{"at", "channel", "id"}
	alert := dict{"rule": "threshold", "window": "1h", "at_least": 3}
	return variants{
		of: map[string]dict{
			"stat": {"kind": "stat", "measures": n}, "timeseries": {"kind": "timeseries", "measures": n}, "split": {"kind": "timeseries", "measures": n, "dimension": "channel", "share": true},
			"breakdown": {"kind": "breakdown", "measures": n, "dimension": "channel"}, "table": {"kind": "table", "measures": n, "dimensions": channel},
			"feed": {"kind": "feed", "dimensions": feed, "sort": []any{"at"}}, "histogram": {"kind": "histogram", "measures": n, "dimension": "replies", "bins": dict{"start": 0, "width": 1, "count": 5}},
			"heatmap": {"kind": "heatmap", "measures": n, "dimensions": []any{"channel", "hour"}},
			"alert":   {"kind": "alert", "measures": n, "alert": alert}, "alert of terms": {"kind": "alert", "measures": n, "alert": dict{"rule": "trend", "window": "24h"}, "dimension": "channel"},
			"trend": {"kind": "trend", "measures": n, "dimension": "channel"}, "keyness": {"kind": "keyness", "measures": n, "dimension": "channel"},
			"tree": {"kind": "tree", "dimensions": feed, "id": "id", "parent": "parent"},
		},
		samples: dict{
			"dataset": "posts", "title": "t", "description": "d", "measures": n, "dimension": "channel", "dimensions": channel, "grain": "day", "compare": "prior_period", "top": 5,
			"others": true, "share": true, "sort": []any{"channel"}, "distinct_by": "channel", "sortable": dict{"by": "channel"}, "page_size": 5, "total": true, "where": "replies > 1", "alert": alert,
			"bins": dict{"start": 0, "width": 1, "count": 5}, "window": "day", "history": 8, "minimum": 5, "sample": "id", "direction": "over", "id": "id", "parent": "parent", "depth": 3,
			"gaps": dict{"by": "channel"}, "cumulative": true,
		},
		besides: map[string]dict{
			"stat": {"compare": "none", "dimensions": []any{}}, "histogram": {"dimension": "replies", "dimensions": []any{"replies"}, "compare": "none"}, "timeseries": {"measures": []any{}},
			"heatmap": {"dimensions": []any{"channel", "hour", "replies"}}, "keyness": {"measures": []any{"n", "n"}},
			"alert": {"sort": []any{"n"}}, "feed": {"sort": []any{"-at"}, "dimensions": feed}, "tree": {"dimensions": feed},
		},
		in: func(o dict) dict {
			return catalogOf(func(c dict) { c["pages"].(dict)["P"].(dict)["widgets"].(dict)["w"] = o })
		},
	}
}

func alertVariants() variants {
	return variants{
		of: map[string]dict{
			"at least": {"rule": "threshold", "window": "1h", "at_least": 3}, "at most": {"rule": "threshold", "window": "1h", "at_most": 3}, "spike": {"rule": "spike", "window": "1h"},
			"trend": {"rule": "trend", "window": "24h"}, "rows": {"rule": "rows", "window": "1h"}, "bounded rows": {"rule": "rows", "window": "1h", "column": "replies", "at_least": 3},
			"summary": {"rule": "summary", "window": "1h"},
		},
		samples: dict{
			"baseline": "168h", "bucket": "1h", "at_least": 3, "at_most": 3, "k": 2, "min_count": 2, "min_history": 3, "column": "replies", "evidence": "replies > 1", "cooldown": "1h",
		},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				w := dict{"kind": "alert", "measures": []any{"n"}, "alert": o}
				if o["rule"] == "trend" {
					w["dimension"] = "channel"
				}
				c["pages"].(dict)["P"].(dict)["widgets"].(dict)["w"] = w
			})
		},
	}
}

func measureVariants() variants {
	return variants{
		of: map[string]dict{
			"count": {"agg": "count"}, "sum": {"agg": "sum", "field": "replies"}, "avg": {"agg": "avg", "field": "replies"}, "max": {"agg": "max", "field": "replies"},
			"distinct": {"agg": "count_distinct", "field": "channel"}, "percentile": {"agg": "percentile", "field": "replies", "fraction": 0.5}, "formula": {"formula": "2 * n"},
		},
		samples: dict{
			"agg": "count", "field": "replies", "type": "int", "fraction": 0.9, "approximate": true, "where": "replies > 1", "formula": "3 * n", "label": "l", "definition": "d", "unit": "s",
			"decimals": 2, "fill": "null", "down_is_good": true, "neutral_range": []any{1, 2},
		},
		in: func(o dict) dict {
			return catalogOf(func(c dict) { c["datasets"].(dict)["posts"].(dict)["measures"].(dict)["m"] = o })
		},
	}
}

func dimensionVariants() variants {
	return variants{
		of: map[string]dict{
			"text": {}, "said": {"type": "string"}, "number": {"type": "int"}, "float": {"type": "float"}, "bool": {"type": "bool"}, "time": {"type": "time"}, "part": {"field": "at", "part": "weekday"},
			"list": {"multi": true}, "masked": {"mask": true},
		},
		samples: dict{
			"field": "at", "type": "int", "label": "l", "description": "d", "multi": true, "part": "hour", "storage": "date", "zone": "Asia/Riyadh", "unit": "s", "hidden": true, "mask": true,
		},
		besides: map[string]dict{"part": {"type": "time"}, "masked": {"mask": false, "multi": false}},
		in: func(o dict) dict {
			return catalogOf(func(c dict) { c["datasets"].(dict)["posts"].(dict)["dimensions"].(dict)["d"] = o })
		},
		alone: []string{"masked with field"},
	}
}

func datasetVariants() variants {
	join := dict{"source": "s", "tenant": "inputs", "sql": "SELECT * FROM a", "inputs": dict{"a": dict{"dataset": "posts", "columns": []any{"id"}}}}
	union := dict{"source": "s", "tenant": "inputs", "union": dict{"a": dict{"dataset": "posts"}}, "dimensions": dict{"id": dict{}}}
	return variants{
		of: map[string]dict{
			"union": union,
			"files": {"source": "s", "tenant": "none", "files": []any{"x.parquet"}}, "table": {"source": "s", "tenant": "none", "table": "t", "time": dict{"field": "at"}}, "join": join,
			"native":  {"source": "s", "tenant": "none", "native": "SELECT {p} AS x", "parameters": dict{"p": dict{}}},
			"request": {"source": "api", "tenant": "none", "request": dict{"path": "/x", "query": dict{"q": "{p}"}}, "parameters": dict{"p": dict{}}},
			"like":    {"like": "posts"}, "like, elsewhere": {"like": "posts", "table": "t"}, "of a list": {"source": "s", "tenant": "none", "files": "x.dat", "format": "csv"},
			"cassandra": {"source": "c", "tenant": "none", "table": "t", "time": dict{"field": "at"}, "partition": dict{"keys": []any{dict{"field": "day", "bucket": "day"}}, "clustered": true}},
		},
		samples: dict{
			"label": "l", "description": "d", "files": "y.csv", "format": "parquet", "tenant": "none", "watermark": "data", "limits": dict{"rows": 5},
			"inputs": dict{"a": dict{"dataset": "posts", "columns": []any{"id"}}}, "disjoint": []any{"id"}, "synthetic": true, "smallest_time_grain": "day",
		},
		besides: map[string]dict{
			"files": {"files": []any{}, "tenant": "inputs", "table": "t"}, "join": {"tables": dict{"s": "t"}, "inputs": dict{}, "table": "t"}, "request": {"native": "SELECT 1"},
			"table": {"tenant": "inputs", "parameters": dict{"p": dict{}}}, "like, elsewhere": {"tenant": "inputs"},
		},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				c["sources"].(dict)["c"] = dict{"kind": "cassandra", "url_env": "U", "keyspace": "k"}
				c["datasets"].(dict)["d"] = o
			})
		},
		alone: []string{"cassandra without partition", "native without parameters", "request without parameters", "of a list without format", "like with inputs", "like with disjoint"},
	}
}

func partitionVariants() variants {
	return variants{
		of:      map[string]dict{"plain": {"field": "k"}, "bucket": {"field": "k", "bucket": "day", "layout": "2006"}, "shard": {"field": "k", "type": "int", "values": []any{0, 1}}},
		samples: dict{"type": "string", "bucket": "day", "layout": "2006", "values": []any{1}},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				c["sources"].(dict)["c"] = dict{"kind": "cassandra", "url_env": "U", "keyspace": "k"}
				c["datasets"].(dict)["d"] = dict{"source": "c", "tenant": "none", "table": "t", "time": dict{"field": "at"}, "partition": dict{"keys": []any{o}}}
			})
		},
	}
}

func inputVariants() variants {
	return variants{
		of:      map[string]dict{"rows": {"dataset": "posts", "columns": []any{"id"}}, "groups": {"dataset": "posts", "dimensions": []any{"channel"}}, "totals": {"dataset": "posts", "measures": []any{"n"}}},
		samples: dict{"columns": []any{"id"}, "dimensions": []any{"channel"}, "measures": []any{"n"}, "where": "replies > 1", "range": "all", "filtered": true, "limit": 5},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				c["datasets"].(dict)["d"] = dict{"source": "s", "tenant": "inputs", "sql": "SELECT * FROM a", "inputs": dict{"a": o}}
			})
		},
	}
}

func parameterVariants() variants {
	return variants{
		of:      map[string]dict{"plain": {}, "required": {"required": true}, "number": {"type": "int", "default": 3}},
		samples: dict{"type": "string", "default": "4", "required": true, "values": []any{"4"}, "pattern": "[0-9]", "description": "d"},
		in: func(o dict) dict {
			return catalogOf(func(c dict) {
				c["datasets"].(dict)["d"] = dict{"source": "s", "tenant": "none", "native": "SELECT {p} AS x", "parameters": dict{"p": o}}
			})
		},
	}
}

// What the loader accepts the schema accepts. Of what it refuses, the schema leaves these to it: they take a look elsewhere, or into a text.
func TestWhatTheSchemaLeavesToTheLoader(t *testing.T) {
	t.Parallel()
	valid := bySchema(t)
	var left []string
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if valid(data) == nil {
			left = append(left, strings.TrimSuffix(filepath.Base(file), ".yaml"))
		}
	}
	want := strings.Fields(`anchor bad_zone cyclic_formula formula_operator formula_syntax formula_unknown_measure grain_too_fine histogram_of_text http_placeholders like links
		masked_column no_widgets page_parameters path_escapes product_twice sum_of_text tenant_bad_pattern timeseries_without_time unknown_dataset unknown_dimension unknown_filter
		unknown_measure unknown_sort unknown_source where_function where_part where_syntax where_time_text where_unknown_dimension where_wrong_type`)
	if !slices.Equal(left, want) {
		t.Errorf("it leaves %q", left)
	}
	examples, err := filepath.Glob("../../catalogs/*/*.yaml")
	if err != nil || len(examples) == 0 {
		t.Fatal(len(examples), err)
	}
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
