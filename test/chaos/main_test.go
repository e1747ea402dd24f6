// Package chaos runs whole workers against real servers, does them harm, and counts what came of it: for every request, each asked
// widget and the closing message must be delivered once, with the right data, whatever died meanwhile.
//
// A row is one kind of harm. It has a Redis of its own, workers that are processes (this test binary, which then is the consumer with one more
// page), a producer that keeps a ledger of what Redis has acknowledged, and a verdict: sets compared with sets, never a sample. A row
// whose fault did not fire has failed.
//
// `go test ./test/chaos` runs a short set, with CHAOS=full all rows; `make chaos` does that and prints the table. CHAOS_SEED replays a run:
// requests, victims and moments come from it, as far as processes can be made to repeat themselves.
package chaos

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/app/server"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

const (
	envWorker = "CHAOS_WORKER"
	envSeed   = "CHAOS_SEED"
	envFull   = "CHAOS"
	// asGateway as envWorker's value makes the binary the HTTP server, any other a consumer.
	asGateway = "gateway"
)

func TestMain(m *testing.M) {
	switch os.Getenv(envWorker) {
	case "":
	case asGateway:
		os.Exit(server.Main(context.Background(), os.Stderr))
	default:
		os.Exit(app.RunConsumer(context.Background(), os.Stderr, func(r *strategies.Registry) error {
			return r.Register(strategies.Key{Page: pageName}, page{})
		}))
	}
	logging.Disable()              // servers are taken away from this process's clients, too
	signal.Ignore(syscall.SIGXFSZ) // servers inherit it: a write that is too large fails, and does not end them
	if err := together(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	results.print(os.Stdout)
	os.Exit(code)
}

// together has four rows run at a time where nothing else was asked for, on few processors too: they mostly wait.
func together() error {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if asked {
		return nil
	}
	return flag.Set("test.parallel", "4")
}

// full says that all rows run, at their full size.
func full() bool { return os.Getenv(envFull) == "full" }

// TestChaos runs the rows.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(envSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", envSeed, err)
		}
	}
	t.Logf("%s=%d", envSeed, seed)
	results.seed(seed)
	names := map[string]bool{}
	for _, r := range rows() {
		if names[r.name] {
			t.Fatalf("two rows are called %s", r.name)
		}
		names[r.name] = true
		if !r.short && !full() {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.test(t, seed)
		})
	}
}

// row is one kind of harm.
type row struct {
	// matrix is the row's number in the fault matrix that docs/reliability.md explains.
	matrix string
	name   string
	// fault says what is done, for the table.
	fault string
	// short has the row run by `go test` too, with few requests.
	short bool
	// redis are the server's arguments; nil is no persistence.
	redis []string
	// cluster is how many primaries there are, each with a replica, where the broker is a cluster.
	cluster int
	// env are more variables of the workers.
	env []string
	// few and many are how many requests the short and the full run send; how is what they are like.
	few, many int
	how       mix
	// harm runs the row: it starts workers, loads them, does harm and heals it.
	harm func(s *site)
	// collect reads the delivered messages by request number; nil reads the output streams.
	collect func(s *site) map[int][]message
	// check looks at more than the sets; nil for most.
	check func(s *site)
}

func (r row) test(test *testing.T, seed uint64) {
	test.Helper()
	t := &witness{TB: test}
	t.Cleanup(func() {
		if t.Failed() {
			results.broke(r, t.saw)
		}
	})
	s := newSite(t, r, seed)
	r.harm(s)
	s.quiet()
	s.judge()
	if n := s.verdict.late; n > 0 {
		s.verdict.note("%d widgets that Redis had lost were written again, behind later ones", n)
	}
	if r.check != nil {
		r.check(s)
	}
	for _, fault := range s.verdict.faults() {
		t.Error(fault)
	}
	s.verdict.failed = t.Failed()
	results.add(s.verdict)
	if t.Failed() {
		t.Logf("replay: %s=%d go test ./test/chaos -run 'TestChaos/%s$'", envSeed, seed, r.name)
	}
}

func aof(fsync string) []string {
	return []string{"--appendonly", "yes", "--appendfsync", fsync}
}

func key(n int) string { return fmt.Sprintf("k-%d", n) }
