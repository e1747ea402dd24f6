// Package e2e runs the built processes against a real Redis, as producers and operators do.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// binaries are built once for all tests.
//
//nolint:gochecknoglobals // written by TestMain, before any test runs
var binaries string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "dispatcher-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.CommandContext(context.Background(), "go", "build", "-o", dir, "../../cmd/consumer", "../../cmd/server", "../../cmd/dispatcher")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	binaries = dir
	return m.Run()
}

// site is one deployment: streams of its own on the shared Redis.
type site struct {
	t      *testing.T
	rdb    *redis.Client
	prefix string
	env    []string
}

func newSite(t *testing.T, more ...string) *site {
	t.Helper()
	return newSiteOn(t, testenv.Redis(t), more...)
}

// newSiteOn is a deployment on a Redis of the test's own.
func newSiteOn(t *testing.T, addr string, more ...string) *site {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, ReadTimeout: patience}) // what is not answered in time is sent again: a request, too
	t.Cleanup(func() { _ = rdb.Close() })
	host, port, _ := strings.Cut(addr, ":")
	prefix := fmt.Sprintf("e2e-%s-%d:", strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")), time.Now().UnixNano())
	s := &site{t: t, rdb: rdb, prefix: prefix}
	s.env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + t.TempDir(),
		"APP_DISPATCHER_INPUT_STREAM=" + s.input(),
		"APP_DISPATCHER_CONSUMER_GROUP=go_dispatcher",
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX=" + prefix + "out:",
		"APP_DISPATCHER_REJECTED_STREAM=" + s.rejected(),
		"APP_REDIS_HOST=" + host, "APP_REDIS_PORT=" + port,
	}, more...)
	return s
}

func (s *site) input() string            { return s.prefix + "requests" }
func (s *site) rejected() string         { return s.prefix + "deadletters" }
func (s *site) output(key string) string { return s.prefix + "out:" + key }

// process is a running binary.
type process struct {
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan struct{}
	err  error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a binary until the test ends or it is killed.
func (s *site) start(name, consumer string, more ...string) *process {
	s.t.Helper()
	return s.launch(consumer, append(more, "APP_DISPATCHER_CONSUMER_NAME="+consumer), name)
}

// launch is start with arguments.
func (s *site) launch(consumer string, more []string, name string, args ...string) *process {
	s.t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), filepath.Join(binaries, name), args...)
	cmd.Env = append(append([]string{}, s.env...), more...)
	p := &process{cmd: cmd, log: &lockedBuffer{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { p.err = cmd.Wait(); close(p.done) }()
	s.t.Cleanup(func() {
		p.kill()
		if s.t.Failed() {
			s.t.Logf("%s %s printed:\n%s", name, consumer, clip(p.log.String()))
		}
	})
	return p
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func clip(s string) string {
	const most = 6000
	if len(s) <= most {
		return s
	}
	return "…" + s[len(s)-most:]
}

// patience is what a busy machine may want for anything: no test waits longer than it has to.
const patience = 3 * time.Minute

// eventually polls until ok, and fails the test with what it last saw. Shorter limits than patience are what an idle machine wants.
func (s *site) eventually(limit time.Duration, what string, ok func() (bool, string)) {
	s.t.Helper()
	testenv.Eventually(s.t, max(limit, patience), what, ok)
}

// classes are the streams of all classes of requests.
func (s *site) classes() [3]string {
	return [3]string{s.input(), s.input() + ":refresh", s.input() + ":export"}
}

// ready waits until a consumer serves: each of its heartbeats begins when all sources are open, and before the first entry is read. What a test measures from
// when it sends something is not spent on the start then.
func (s *site) ready(consumer string) {
	s.t.Helper()
	s.eventually(time.Minute, consumer+" serves", func() (bool, string) {
		for _, stream := range s.classes() {
			if beats, err := s.rdb.HExists(s.t.Context(), stream+":consumers", consumer).Result(); err != nil || !beats {
				return false, fmt.Sprint(stream, err)
			}
		}
		return true, ""
	})
}

// settled waits until the streams of all classes are empty, nothing is pending, and nothing is put off but the next rounds of live dashboards. It looks at all of it
// at once: an entry goes to and fro.
func (s *site) settled(limit time.Duration) {
	s.t.Helper()
	ctx, streams := s.t.Context(), s.classes()
	s.eventually(limit, "all requests served", func() (bool, string) {
		var entries [len(streams)]*redis.IntCmd
		var pending [len(streams)]*redis.XPendingCmd
		var delayed [len(streams)]*redis.StringSliceCmd
		_, err := s.rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, stream := range streams {
				entries[i], pending[i], delayed[i] = pipe.XLen(ctx, stream), pipe.XPending(ctx, stream, "go_dispatcher"), pipe.ZRange(ctx, stream+":delayed", 0, -1)
			}
			return nil
		})
		if err != nil {
			return false, err.Error()
		}
		for i, stream := range streams {
			later := slices.DeleteFunc(delayed[i].Val(), func(member string) bool { return strings.Contains(member, "__round") })
			if entries[i].Val() != 0 || pending[i].Val().Count != 0 || len(later) != 0 {
				return false, fmt.Sprintf("%s: %d entries, %d pending, %d put off", stream, entries[i].Val(), pending[i].Val().Count, len(later))
			}
		}
		return true, ""
	})
}

// send adds a request to the input stream.
func (s *site) send(payload string) string {
	s.t.Helper()
	id, err := s.rdb.XAdd(s.t.Context(), &redis.XAddArgs{Stream: s.input(), Values: []string{"payload", payload}}).Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}
