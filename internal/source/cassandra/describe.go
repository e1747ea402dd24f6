package cassandra

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Describe returns the columns of a relation's table that can be read, by name.
func (s *Source) Describe(ctx context.Context, r query.Relation) ([]query.Field, error) {
	keyspace, table, err := nameOf(r, s.cfg.Keyspace)
	if err != nil {
		return nil, err
	}
	it := s.session.Query("SELECT column_name, type FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", keyspace, table).IterContext(ctx)
	var out []query.Field
	var name, kind string
	found := false
	for it.Scan(&name, &kind) {
		found = true
		if f, ok := fieldOf(name, kind); ok {
			out = append(out, f)
		}
	}
	if err := it.Close(); err != nil {
		return nil, ended(ctx, fmt.Errorf("cassandra: describe: %w", err))
	}
	if !found {
		return nil, schemaError("there is no table " + keyspace + "." + table)
	}
	return out, nil
}

// fieldOf maps Cassandra's names of types to ours; false for what cannot be read.
func fieldOf(name, kind string) (query.Field, bool) {
	f := query.Field{Column: name}
	if inner, ok := strings.CutPrefix(kind, "frozen<"); ok {
		kind = strings.TrimSuffix(inner, ">")
	}
	for _, collection := range []string{"list<", "set<"} {
		if inner, ok := strings.CutPrefix(kind, collection); ok {
			kind, f.Multi = strings.TrimSuffix(inner, ">"), true
		}
	}
	switch kind {
	case "text", "varchar", "ascii", "uuid", "timeuuid", "inet":
		f.Type = query.String
	case "tinyint", "smallint", "int", "bigint", "varint", "counter":
		f.Type = query.Int
	case "float", "double", "decimal":
		f.Type = query.Float
	case "boolean":
		f.Type = query.Bool
	case "timestamp", "date":
		f.Type = query.Time
	}
	return f, f.Type != "" && (!f.Multi || f.Type == query.String)
}
