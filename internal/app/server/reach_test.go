package server

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

func TestAddressesOfStores(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][]string{
		"mongodb://u:p%40:x@y@h1,h2:27018/db?replicaSet=a/b,c@d": {"h1:27017", "h2:27018"},
		"mongodb://%2Ftmp%2Fmongodb-27017.sock/db":               {"/tmp/mongodb-27017.sock"},
		"cassandra://u:p@h1:9043, h2,[::1]:9042/ks?dc=west":      {"h1:9043", "h2:9042", "[::1]:9042"},
		"https://key:secret@store.example":                       {"store.example:443"},
		"http://127.0.0.1:8080/base/path":                        {"127.0.0.1:8080"},
	} {
		if got, err := addressesOf(t.Context(), url); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", url, got, err)
		}
	}
	for _, url := range []string{"", "canary", "mongodb://", "http://u:canary@/x", "canary://?x"} {
		if got, err := addressesOf(t.Context(), url); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v", url, got, err)
		}
	}
}

// TestAStoreIsThereOrNot: one of its servers is enough, and what a file says is read anew.
func TestAStoreIsThereOrNot(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := filepath.Join(t.TempDir(), "url")
	store := reach{&catalog.Source{Kind: "mongodb", URLFile: file}}
	says := func(url, reason string) {
		t.Helper()
		if url != "" {
			if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.Ping(t.Context()); (err == nil) != (reason == "") || err != nil && fault.ReasonOf(err) != reason {
			t.Errorf("%s: %v, want %q", url, err, reason)
		}
	}
	says("", "source_config")
	says("mongodb://127.0.0.1:1,"+l.Addr().String()+"/db", "")
	says("mongodb://127.0.0.1:1/db", "source_unavailable")
	store.def = &catalog.Source{Kind: "http", URLEnv: "NO_SUCH_VARIABLE_IS_SET"}
	says("", "source_not_configured")
}
