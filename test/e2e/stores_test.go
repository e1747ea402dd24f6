package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

// modelInStores loads the tables of the built-in pages into a database, a keyspace and a bucket of the test's own, as catalogs/stores says it,
// and returns what a process needs to be told of them.
func modelInStores(t *testing.T) (env []string) {
	t.Helper()
	place := fmt.Sprintf("dispatcher_e2e_%d", time.Now().UnixNano())
	catalog := filepath.Join(t.TempDir(), "catalog")
	if err := os.Mkdir(catalog, 0o700); err != nil {
		t.Fatal(err)
	}
	rename := strings.NewReplacer("dispatcher_demo", place, "dispatcher-demo", strings.ReplaceAll(place, "_", "-"))
	for _, name := range []string{"catalog.yaml", "model.yaml"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "catalogs", "stores", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(catalog, name), []byte(rename.Replace(string(data))), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mongoURL, cassandraURL, minioURL := testenv.MongoDB(t), testenv.Cassandra(t), testenv.MinIO(t)
	t.Cleanup(func() {
		dropPlace(t, map[string]string{"mongodb": mongoURL, "cassandra": cassandraURL, "minio": minioURL}, place)
	})
	env = []string{"STORES_MONGODB=" + mongoURL, "STORES_CASSANDRA=" + cassandraURL, "STORES_MINIO=" + minioURL, "APP_DISPATCHER_CATALOG=" + catalog}
	for _, line := range []string{
		"--store mongodb --url-env STORES_MONGODB --tables posts,social,interactions",
		"--store cassandra --url-env STORES_CASSANDRA --tables authors,messages,promises,agent_states",
		"--store cassandra --url-env STORES_CASSANDRA --tables states,messages --by interaction_id",
		"--store s3 --url-env STORES_MINIO --tables ratings,surveys,answers,transcripts,monitors",
	} {
		arguments := append([]string{"data", "load", "--into", place}, strings.Fields(line)...)
		cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "dispatcher"), arguments...)
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}, env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dispatcher %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
	return env
}

func dropDatabase(ctx context.Context, address, name string) error {
	client, err := mongo.Connect(options.Client().ApplyURI(address))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(ctx) }()
	return client.Database(name).Drop(ctx)
}

func dropBucket(ctx context.Context, address, name string) error {
	s3, err := client.S3(address)
	if err != nil {
		return err
	}
	return client.DropBucket(ctx, s3, name)
}

// differs compares two answers of one widget but for what may differ: when and by what they were computed. Numbers may differ in their last
// digits, since stores add in different orders.
func differs(got, want map[string]any) string {
	return cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9), cmpopts.IgnoreMapEntries(func(key string, _ any) bool {
		return key == "stats" || key == "as_of" || key == "age_seconds" || key == "next_cursor"
	}))
}
