package testenv

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// stackLimit bounds the start of one server, its installation included.
const stackLimit = 20 * time.Minute

// MongoDB returns the URL of a server of MongoDB's wire protocol: DISPATCHER_TEST_MONGODB, or one that scripts/stack/mongodb starts. Who opens it
// waits a minute for a connection, rather than 5 s: no test looks for how busy its machine is.
func MongoDB(t testing.TB) string {
	t.Helper()
	return Impatient(mongoDB.url(t), time.Minute)
}

// Impatient returns a URL of MongoDB whose server is given up after a while.
func Impatient(address string, limit time.Duration) string {
	base, query, _ := strings.Cut(address, "?")
	given, err := url.ParseQuery(query)
	if err != nil {
		return address
	}
	ms := strconv.FormatInt(limit.Milliseconds(), 10)
	given.Set("serverSelectionTimeoutMS", ms)
	given.Set("connectTimeoutMS", ms)
	return base + "?" + given.Encode()
}

// Cassandra returns cassandra://user:password@host:port: DISPATCHER_TEST_CASSANDRA, or one that scripts/stack/cassandra starts.
func Cassandra(t testing.TB) string { t.Helper(); return cassandra.url(t) }

// MinIO returns http://access-key:secret@host:port: DISPATCHER_TEST_MINIO, or one that scripts/stack/minio starts.
func MinIO(t testing.TB) string { t.Helper(); return minIO.url(t) }

// Trino returns http://user@host:port of one that sees the stack's Cassandra as cassandra, the objects of its MinIO as lake, and has the
// catalogs memory and tpch: DISPATCHER_TEST_TRINO, or one that scripts/stack/trino starts.
func Trino(t testing.TB) string { t.Helper(); return trino.url(t) }

// TrinoTLS returns https://user:password@host:port?SSLCertPath=… of the same server: DISPATCHER_TEST_TRINO_TLS, or as scripts/stack/trino-tls has it.
func TrinoTLS(t testing.TB) string { t.Helper(); return trinoTLS.url(t) }

// Valkey returns host:port: DISPATCHER_TEST_VALKEY, or one that scripts/stack/valkey starts. Tests keep to keys of their own.
func Valkey(t testing.TB) string { t.Helper(); return valkey.url(t) }

// SecondS3 returns the same of another S3 server: DISPATCHER_TEST_S3, or one that scripts/stack/versitygw starts.
func SecondS3(t testing.TB) string { t.Helper(); return secondS3.url(t) }

//nolint:gochecknoglobals // servers are shared by all tests of a process, and outlive it
var (
	mongoDB   = stackServer{name: "mongodb", env: "DISPATCHER_TEST_MONGODB"}
	cassandra = stackServer{name: "cassandra", env: "DISPATCHER_TEST_CASSANDRA"}
	minIO     = stackServer{name: "minio", env: "DISPATCHER_TEST_MINIO"}
	trino     = stackServer{name: "trino", env: "DISPATCHER_TEST_TRINO"}
	trinoTLS  = stackServer{name: "trino-tls", env: "DISPATCHER_TEST_TRINO_TLS"}
	valkey    = stackServer{name: "valkey", env: "DISPATCHER_TEST_VALKEY"}
	secondS3  = stackServer{name: "versitygw", env: "DISPATCHER_TEST_S3"}
)

// stackServer is a server of the stack: named by the environment, or started by its script, which finds one that runs.
type stackServer struct {
	name, env string
	once      sync.Once
	addr      string
	err       error
}

func (s *stackServer) url(t testing.TB) string {
	t.Helper()
	s.once.Do(func() {
		if s.addr = os.Getenv(s.env); s.addr == "" {
			s.addr, s.err = s.start()
		}
	})
	if s.err != nil {
		t.Fatalf("no %s for the tests: %v\nmake stack starts it, or name one in %s", s.name, s.err, s.env)
	}
	return s.addr
}

func (s *stackServer) start() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stackLimit)
	defer cancel()
	script := filepath.Join(root, "scripts", "stack", s.name)
	cmd := exec.CommandContext(ctx, script)
	var out, notes bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &notes
	// Servers stay up with these open: nobody waits for their end.
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", script, err, notes.String())
	}
	return strings.TrimSpace(out.String()), nil
}

// root is the project's folder, which is above the one that a test runs in.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for above := dir; ; above = filepath.Dir(above) {
		if _, err := os.Stat(filepath.Join(above, "scripts", "stack")); err == nil {
			return above, nil
		}
		if above == filepath.Dir(above) {
			return "", fmt.Errorf("the project's folder is not above %s", dir)
		}
	}
}
