package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// storesCatalog is the worked example that the demo over all stores runs.
const storesCatalog = "stores"

// demoPlace is the database, keyspace and bucket of the demo's own; what is in them is replaced.
const demoPlace = "dispatcher_demo"

// demoStore is one server of the demo: its kind, the variable with its URL, and the tables that it gets.
type demoStore struct {
	kind, variable string
	tables         []tables
}

func demoStores() []demoStore {
	return []demoStore{
		{"mongodb", "STORES_MONGODB", []tables{{names: []string{"posts", "social", "interactions"}}}},
		{"cassandra", "STORES_CASSANDRA", []tables{
			{names: []string{"profiles", "counters", "authors", "messages", "promises", "agent_states"}},
			{names: []string{"states", "messages"}, by: "interaction_id"},
		}},
		{"s3", "STORES_MINIO", []tables{{names: []string{"posts", "ratings", "surveys", "answers", "transcripts", "monitors"}}}},
	}
}

// fillStores loads the demo's data into the servers that the environment names, and returns the catalog over them.
func fillStores(ctx context.Context, e *env) (catalog string, err error) {
	catalog = filepath.Join("catalogs", storesCatalog)
	if _, err := os.Stat(catalog); err != nil {
		return "", errors.New("the demo over all stores reads catalogs/stores: run it from the project's folder")
	}
	for _, s := range demoStores() {
		url, ok := e.lookup(s.variable)
		if !ok || url == "" {
			return "", fmt.Errorf("%s is not set: `make demo STORES=all` installs and starts the servers; or name your own", s.variable)
		}
		if err := fillStore(ctx, e, s, url); err != nil {
			return "", fmt.Errorf("%s: %w", s.kind, err)
		}
	}
	return catalog, nil
}

func fillStore(ctx context.Context, e *env, s demoStore, url string) (err error) {
	var to load.Target
	if to, err = openTarget(s.kind, url, demoPlace, ""); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	for _, of := range s.tables {
		if _, err := loadTables(ctx, to, of, true, newProgress(e.err, s.kind)); err != nil {
			return err
		}
	}
	return nil
}
