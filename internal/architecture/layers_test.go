package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/go-dispatcher/dispatcher/"

// layers lists the packages from the bottom up, as docs/ARCHITECTURE.md does. A package may import
// packages of lower layers, and of its own layer only where the table there says so.
var layers = [][]string{
	{"internal/fault", "internal/frame", "internal/locale", "internal/query", "internal/config", "internal/telemetry", "internal/telemetry/tracing", "internal/strategies/key", "internal/format/schema", "internal/dataset", "internal/parquet", "internal/text", "internal/alert", "internal/statistic", "internal/memory", "internal/idle", "internal/filelock", "internal/gateway/problem", "internal/gateway/caller"},
	{"internal/models", "internal/source", "internal/broker", "internal/schedule", "internal/catalog", "internal/commit", "internal/consumer", "internal/query/sqlgen", "internal/storage"},
	{"internal/plan", "internal/rollup", "internal/sink", "internal/gateway", "internal/gateway/revocation", "internal/feed", "internal/source/guard", "internal/source/singleflight", "internal/source/days", "internal/source/changes", "internal/doctor"},
	{"internal/format", "internal/gateway/api", "internal/gateway/door", "internal/gateway/admin", "internal/gateway/web", "internal/source/duckdb", "internal/source/mongodb", "internal/source/cassandra", "internal/source/object", "internal/source/httpapi", "internal/source/trino", "internal/source/singleflight/lease", "internal/sink/stream", "internal/sink/buffer", "internal/sink/care", "internal/sink/deadletter", "internal/sink/live", "internal/load", "internal/storage/bucket", "internal/storage/folder", "internal/chromium", "internal/gateway/events"},
	{"internal/sample", "internal/engine", "internal/budget", "internal/warm", "internal/strategies", "internal/dispatch", "internal/report"},
	{"internal/app/process"},
	{"internal/app", "internal/app/server"},
	{"internal/cli/draw", "internal/cli"},
	{"cmd/consumer", "cmd/server", "cmd/dispatcher"},
}

// sameLayer are the imports allowed within a layer.
var sameLayer = map[string][]string{
	"internal/alert":             {"internal/statistic"},
	"internal/frame":             {"internal/memory"},
	"internal/consumer":          {"internal/commit"},
	"internal/telemetry/tracing": {"internal/telemetry"},
	"internal/broker":            {"internal/commit"}, // its names of keys and consumers
	"internal/strategies":        {"internal/engine", "internal/report", "internal/budget"},
	"internal/budget":            {"internal/engine"},
	"internal/dispatch":          {"internal/strategies"},
	"internal/sink/live":         {"internal/sink/deadletter"},
	"internal/gateway/admin":     {"internal/sink/deadletter"},
	"internal/cli":               {"internal/cli/draw"},
	"internal/source/days":       {"internal/rollup"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func layerOf(path string) (int, bool) {
	for i, names := range layers {
		if slices.Contains(names, path) {
			return i, true
		}
	}
	return 0, false
}

// helpers are outside the layers: test support, generators, benchmarks.
func outside(path string) bool {
	for _, prefix := range []string{"internal/testenv", "internal/architecture", "internal/source/sourcetest", "internal/sink/sinktest", "internal/storage/storagetest", "tools/", "test/", "clients/", "catalogs", "internal/config/gen", "internal/gateway/api/gen", "internal/catalog/gen", "internal/format/gen"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

func TestImportsGoDownwards(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		if outside(path) {
			continue
		}
		at, ok := layerOf(path)
		if !ok {
			t.Errorf("%s is in no layer: add it here and to docs/ARCHITECTURE.md", path)
			continue
		}
		for _, imp := range p.Imports {
			imp, internal := strings.CutPrefix(imp, module)
			if !internal {
				continue
			}
			to, ok := layerOf(imp)
			if !ok {
				t.Errorf("%s imports %s, which is in no layer", path, imp)
			} else if to > at || to == at && !slices.Contains(sameLayer[path], imp) {
				t.Errorf("%s imports %s: imports go downwards only", path, imp)
			}
		}
	}
}

func TestOnlyWiringImportsAdaptersAndConfig(t *testing.T) {
	t.Parallel()
	adapters := []string{"internal/source/duckdb", "internal/config"}
	wiring := []string{"internal/app", "internal/app/process", "internal/app/server", "internal/cli", "cmd/consumer", "cmd/server", "cmd/dispatcher"}
	for _, p := range list(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		if outside(path) || slices.Contains(wiring, path) {
			continue
		}
		for _, imp := range p.Imports {
			if name := strings.TrimPrefix(imp, module); slices.Contains(adapters, name) {
				t.Errorf("%s imports %s: only wiring may", path, name)
			}
		}
	}
}

var pathInText = regexp.MustCompile("`((?:cmd|internal|docs|deploy|catalogs|bench|test|scripts|tools)/[A-Za-z0-9_./-]*)`")

func TestEveryPathInTheDocsExists(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs = append(docs, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"))
	found := 0
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pathInText.FindAllStringSubmatch(string(text), -1) {
			found++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", filepath.Base(doc), m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no path found in any document: the pattern must be wrong")
	}
}

// TestTheServerLinksNoStore keeps what only consumers need out of the HTTP process: the packages that reach stores, and the drivers behind them, cost it memory.
func TestTheServerLinksNoStore(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/server").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		for _, store := range []string{
			module + "internal/source/", module + "internal/load", module + "internal/storage/", "github.com/duckdb/", "go.mongodb.org/mongo-driver/",
			"github.com/apache/cassandra-gocql-driver/", "github.com/minio/minio-go/", "github.com/trinodb/", "github.com/apache/arrow-go/", "github.com/xuri/excelize/", "google.golang.org/grpc",
		} {
			if strings.HasPrefix(pkg, store) {
				t.Errorf("cmd/server links %s", pkg)
			}
		}
	}
}
