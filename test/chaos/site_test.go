package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// The names that all rows use: each has a Redis of its own.
const (
	input    = "{requests}" // what is derived from it shares its slot where there are slots
	refresh  = input + ":refresh"
	export   = input + ":export"
	outbox   = input + ":live-outbox"
	delayed  = input + ":delayed"
	group    = "go_dispatcher"
	output   = "out:"
	rejected = "deadletters"
)

// lease is short, so that rows heal in seconds.
const lease = time.Second

// patience bounds every wait: machines of tests are busy.
const patience = 2 * time.Minute

// site is one row's deployment.
type site struct {
	t      testing.TB
	row    row
	seed   uint64
	random *rand.Rand // of the harm; requests have their own
	redis  *testenv.Server
	// cluster has the servers of rows with more than one.
	cluster *testenv.Cluster
	// rdb is the harness's own way to the server, which no fault is on. It tries nothing twice, so that a request is sent once.
	rdb    redis.UniversalClient
	env    []string
	ledger ledger
	// dead are the requests that are to be dead-lettered, and why.
	dead map[int]string
	// workers are those that run now, by name.
	workers map[string]*testenv.Process
	// killed is when a worker was last killed by name.
	killed time.Time
	// healed is when the last fault and the last request were over.
	healed  time.Time
	verdict verdict
	// backend is the other Redis, and live the live service, of rows that have one.
	backend *redis.Client
	live    *liveService
	// refused counts the dead letters of live events, in rows that expect some; nil in the others.
	refused map[event]int
}

// event is one message of a request.
type event struct{ routingKey, widget string }

func newSite(t testing.TB, r row, seed uint64) *site {
	t.Helper()
	s := &site{t: t, row: r, seed: seed, workers: map[string]*testenv.Process{}, dead: map[int]string{}}
	for _, c := range r.name { // each row has a course of its own
		seed = seed*31 + uint64(c)
	}
	s.random = rand.New(rand.NewPCG(seed, 1))
	s.ledger.random = rand.New(rand.NewPCG(seed, 2))
	if r.cluster > 0 {
		s.startCluster()
	} else {
		s.redis = testenv.StartRedis(t, r.redis...)
		s.rdb = redis.NewClient(patient(redis.Options{Addr: s.redis.Addr}))
		s.env = at(s.redis.Addr)
	}
	t.Cleanup(func() { _ = s.rdb.Close() })
	// A catalog without pages, so that a worker starts at once: the page is this binary's own.
	dir := t.TempDir()
	catalog := filepath.Join(dir, "catalog.yaml")
	if err := os.WriteFile(catalog, []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = slices.Concat([]string{
		envWorker + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir,
		"APP_DISPATCHER_INPUT_STREAM=" + input, "APP_DISPATCHER_CONSUMER_GROUP=" + group,
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX=" + output, "APP_DISPATCHER_REJECTED_STREAM=" + rejected,
		"APP_DISPATCHER_CATALOG=" + catalog, "APP_DISPATCHER_DATA=" + dir,
		fmt.Sprintf("APP_DISPATCHER_LEASE=%d", lease.Milliseconds()), "APP_DISPATCHER_SLOTS=16",
		// The harm, not the requests, is at fault in most rows.
		"APP_DISPATCHER_DELIVERY_LIMIT=1000", "APP_DISPATCHER_ATTEMPTS=1000", "APP_LOG_LEVEL=warn",
	}, s.env, r.env)
	s.verdict = verdict{row: r}
	return s
}

// patient are the options of the harness's own clients: they try nothing twice, and wait for a server that is busy. One that is killed closes its connections.
func patient(o redis.Options) *redis.Options {
	o.Protocol, o.MaxRetries, o.DialTimeout, o.ReadTimeout, o.WriteTimeout = 2, -1, patience, patience, patience
	return &o
}

// at are the variables of a worker that finds Redis at an address.
func at(addr string) []string {
	host, port, _ := net.SplitHostPort(addr)
	return []string{"APP_REDIS_HOST=" + host, "APP_REDIS_PORT=" + port}
}

// start starts a worker.
func (s *site) start(name string, more ...string) *testenv.Process {
	s.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	return s.startAs(binary, name, more...)
}

// startAs starts another program as a worker.
func (s *site) startAs(binary, name string, more ...string) *testenv.Process {
	s.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), binary)
	cmd.Env = slices.Concat(s.env, []string{"APP_DISPATCHER_CONSUMER_NAME=" + name}, more)
	p := testenv.StartProcess(s.t, name, cmd)
	s.workers[name] = p
	return p
}

// kill ends a worker at once.
func (s *site) kill(name string) {
	s.t.Helper()
	p := s.workers[name]
	s.weigh(p)
	p.Kill()
	s.killed = time.Now()
	delete(s.workers, name)
}

// eventually waits for a condition, and fails the row with what it last saw.
func (s *site) eventually(what string, ok func() (done bool, saw string)) {
	s.t.Helper()
	testenv.Eventually(s.t, patience, what, ok)
}

// up waits until the server answers.
func (s *site) up() {
	s.t.Helper()
	s.eventually("Redis answers", func() (bool, string) {
		err := s.rdb.Ping(s.t.Context()).Err()
		return err == nil, fmt.Sprint(err)
	})
}

// pending is how many entries workers hold.
func (s *site) pending() int64 {
	p, err := s.rdb.XPending(s.t.Context(), input, group).Result()
	if err != nil {
		return 0
	}
	return p.Count
}

// parked is how many entries wait for their tenant's turn.
func (s *site) parked() int64 {
	p, err := s.rdb.XPending(s.t.Context(), input, group).Result()
	if err != nil {
		return 0
	}
	return p.Consumers[commit.Parked]
}

// fired counts a fault that has hit.
func (s *site) fired(n int) { s.verdict.fired += n }

// quiet waits until nothing is left to do: no entry, nothing pending, nothing put off. It is V7, and V8 how long that took.
func (s *site) quiet() {
	s.t.Helper()
	s.ledger.wait()
	if s.healed.IsZero() {
		s.healed = time.Now()
	}
	s.eventually("all is quiet", func() (bool, string) {
		left, err := testenv.Left(s.t.Context(), s.rdb, input, refresh, export, outbox)
		if err != nil {
			return false, err.Error()
		}
		groups, err := s.rdb.XInfoGroups(s.t.Context(), input).Result()
		if err != nil {
			return false, err.Error()
		}
		for _, g := range groups {
			if g.Pending > 0 || g.Lag > 0 {
				left = append(left, fmt.Sprintf("%d pending, lag %d", g.Pending, g.Lag))
			}
		}
		return len(left) == 0 && len(groups) == 1, fmt.Sprint(left)
	})
	if s.verdict.heal == 0 {
		s.verdict.heal = time.Since(s.healed)
	}
	for _, p := range s.workers {
		s.weigh(p)
	}
}
