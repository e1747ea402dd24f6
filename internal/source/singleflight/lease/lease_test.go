package lease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/frame"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// site is a Redis with the keys of one test.
type site struct {
	rdb    redis.UniversalClient
	prefix string
}

// everywhere runs a test on a real Redis, on a real cluster and on the embedded server.
func everywhere(t *testing.T, test func(t *testing.T, s site)) {
	t.Helper()
	on(t, test, "redis", "cluster", "miniredis")
}

func on(t *testing.T, test func(t *testing.T, s site), servers ...string) {
	t.Helper()
	for name, connect := range map[string]func(t *testing.T) redis.UniversalClient{
		"redis":     func(t *testing.T) redis.UniversalClient { t.Helper(); return one(testenv.Redis(t)) },
		"miniredis": func(t *testing.T) redis.UniversalClient { t.Helper(); return one(miniredis.RunT(t).Addr()) },
		"cluster": func(t *testing.T) redis.UniversalClient {
			t.Helper()
			return redis.NewClusterClient(&redis.ClusterOptions{Addrs: testenv.RedisCluster(t).Addrs(), Protocol: 2, DialTimeout: time.Minute, ReadTimeout: time.Minute})
		},
	} {
		if !slices.Contains(servers, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := connect(t)
			t.Cleanup(func() { _ = rdb.Close() })
			test(t, site{rdb, fmt.Sprintf("{t:%s:%d}:asked:", t.Name(), time.Now().UnixNano())})
		})
	}
}

func one(addr string) redis.UniversalClient {
	return redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, Protocol: 2, DialTimeout: time.Minute, ReadTimeout: time.Minute})
}

// process is the leases of one of several processes; took is told each time that it has asked for one, and been told who has it.
type process struct {
	*Leases
	took chan string
}

func (s site) process(lasts time.Duration) process {
	p := process{Leases: New(s.rdb, s.prefix, "s", nil), took: make(chan string, 100)}
	p.lasts = lasts
	p.client = watched{p.client, p.took}
	return p
}

// watched tells of each lease that was asked for.
type watched struct {
	redis.Cmdable
	took chan<- string
}

func (w watched) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	cmd := w.Cmdable.EvalSha(ctx, sha, keys, args...)
	if sha == take.Hash() && (cmd.Err() == nil || errors.Is(cmd.Err(), redis.Nil)) {
		leader, _ := cmd.Text()
		w.took <- leader
	}
	return cmd
}

func (w watched) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	cmd := w.Cmdable.Eval(ctx, script, keys, args...)
	if strings.Contains(script, "return held") && (cmd.Err() == nil || errors.Is(cmd.Err(), redis.Nil)) {
		leader, _ := cmd.Text()
		w.took <- leader
	}
	return cmd
}

// ask asks one question, whose key is all zeros.
func (p process) ask(ctx context.Context, compute func(context.Context) (*source.Result, error)) (r *source.Result, err error) {
	landed := 0
	p.Do(ctx, singleflight.Question{}, compute, func(got *source.Result, failed error) { r, err, landed = got, failed, landed+1 })
	if landed != 1 {
		panic(fmt.Sprintf("%d answers", landed))
	}
	return r, err
}

func rows(t *testing.T, text string) *source.Result {
	t.Helper()
	b, err := frame.NewBuilder(frame.Field{Name: "a", Kind: frame.String})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Append(text); err != nil {
		t.Fatal(err)
	}
	return &source.Result{
		Frame: b.Frame(), AsOf: time.Date(2002, 5, 1, 0, 0, 0, 0, time.UTC), Truncated: true,
		Stats: source.Stats{Rows: 1, Scanned: 7, Bytes: 9, Elapsed: time.Second}, Parts: []source.Part{{Source: "s", Stats: source.Stats{Rows: 3}}},
	}
}

// keys are those of the question whose key is all zeros.
func (s site) keys() keys { return New(s.rdb, s.prefix, "s", nil).keys(singleflight.Question{}) }

// left are the keys of a question that are there.
func (s site) left(t *testing.T) (n int64) {
	t.Helper()
	at := s.keys()
	n, err := s.rdb.Exists(t.Context(), at.lease, at.waits).Result()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// with asks from one process and then from three more, whose first looks are over before the first computes; it returns what each got, the leader's first.
func (s site) with(t *testing.T, lead func() (*source.Result, error), computed *atomic.Int64) (results [4]*source.Result, errs [4]error) {
	t.Helper()
	var processes [4]process
	for i := range processes {
		processes[i] = s.process(time.Minute)
	}
	var askers sync.WaitGroup
	askers.Go(func() {
		results[0], errs[0] = processes[0].ask(t.Context(), func(context.Context) (*source.Result, error) {
			for _, p := range processes[1:] {
				<-p.took
			}
			computed.Add(1)
			return lead()
		})
	})
	if leader := <-processes[0].took; leader != "" {
		t.Fatalf("a lease that nobody has is held by %s", leader)
	}
	for i := 1; i < 4; i++ {
		askers.Go(func() {
			results[i], errs[i] = processes[i].ask(t.Context(), func(context.Context) (*source.Result, error) {
				computed.Add(1)
				return rows(t, "alone"), nil
			})
		})
	}
	askers.Wait()
	return results, errs
}

// One process computes, the others have its answer, whole, and nothing is left. Who asks afterwards computes.
func TestProcessesComputeOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		var computed atomic.Int64
		results, errs := s.with(t, func() (*source.Result, error) { return rows(t, "led"), nil }, &computed)
		for i, r := range results {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			want := rows(t, "led")
			want.Stats.Shared = i > 0
			if got := r.Frame.At(0).Value(0); got != "led" || r.Stats != want.Stats || !r.AsOf.Equal(want.AsOf) || !r.Truncated || len(r.Parts) != 1 || r.Parts[0] != want.Parts[0] {
				t.Errorf("process %d got %v: %+v", i, got, r)
			}
		}
		if n := computed.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}
		if n := s.left(t); n != 0 {
			t.Errorf("%d keys are left", n)
		}
		p := s.process(time.Minute)
		if r, err := p.ask(t.Context(), func(context.Context) (*source.Result, error) { return rows(t, "anew"), nil }); err != nil || r.Frame.At(0).Value(0) != "anew" || r.Stats.Shared {
			t.Errorf("asked again: %v, %v", r, err)
		}
		if n := s.left(t); n != 0 {
			t.Errorf("%d keys are left after one that asked alone", n)
		}
	})
}

// A leader that fails, or has more rows than are handed on, lets each of the others compute for itself.
func TestWhatIsNotHandedOn(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		broken := fault.New(fault.Transient, "source_unavailable", "", errors.New("refused"))
		for what, lead := range map[string]func() (*source.Result, error){
			"a failure": func() (*source.Result, error) { return nil, broken },
			"too much":  func() (*source.Result, error) { return rows(t, random(2*largest)), nil },
		} {
			var computed atomic.Int64
			results, errs := s.with(t, lead, &computed)
			if (errs[0] != nil) != (what == "a failure") {
				t.Errorf("%s: the leader: %v", what, errs[0])
			}
			for i := 1; i < 4; i++ {
				if errs[i] != nil || results[i].Frame.At(0).Value(0) != "alone" || results[i].Stats.Shared {
					t.Errorf("%s: process %d: %v, %v", what, i, results[i], errs[i])
				}
			}
			if n := computed.Load(); n != 4 {
				t.Errorf("%s: computed %d times", what, n)
			}
			if n := s.left(t); n != 0 {
				t.Errorf("%s: %d keys are left", what, n)
			}
		}
	})
}

// A leader keeps its lease while it computes, however long. The lease of one that died runs out, and who waits is the next.
func TestLeasesOfTheDeadRunOut(t *testing.T) {
	t.Parallel()
	// Not on the embedded server, whose clock stands still.
	on(t, func(t *testing.T, s site) {
		at := s.keys()
		if err := s.rdb.Set(t.Context(), at.lease, "dead", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		leader := s.process(15 * time.Second)
		var dying sync.WaitGroup
		dying.Go(func() { // not before it was found: who comes later would find nobody
			if first := <-leader.took; first != "dead" {
				t.Errorf("the lease was held by %q", first)
			}
			if err := s.rdb.PExpire(t.Context(), at.lease, time.Millisecond).Err(); err != nil {
				t.Error(err)
			}
		})
		left := func() time.Duration { return s.rdb.PTTL(t.Context(), at.lease).Val() }
		renewed := func() {
			least := left()
			testenv.Eventually(t, time.Minute, "the lease is renewed", func() (bool, string) {
				now := left()
				longer := now > least
				least = min(least, now)
				return longer, now.String()
			})
		}
		r, err := leader.ask(t.Context(), func(context.Context) (*source.Result, error) { renewed(); return rows(t, "led"), nil })
		if err != nil || r.Stats.Shared || r.Frame.At(0).Value(0) != "led" {
			t.Errorf("who waited for the dead: %v, %v", r, err)
		}
		dying.Wait()
		if n := s.left(t); n != 0 {
			t.Errorf("%d keys are left", n)
		}
	}, "redis", "cluster")
}

// leaving is the client of one who goes while its script is under way.
type leaving struct {
	redis.Cmdable
	script *redis.Script
	leave  func()
}

func (l leaving) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	if sha == l.script.Hash() {
		l.leave()
	}
	return l.Cmdable.EvalSha(ctx, sha, keys, args...)
}

// Who goes while it asks for the lease, or looks for the answer, has its context's error and computes nothing; the leader goes on.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s site) {
		at := s.keys()
		if err := s.rdb.Set(t.Context(), at.lease, "busy", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		for what, script := range map[string]*redis.Script{"asking": take, "looking": look} {
			p := s.process(time.Minute)
			ctx, cancel := context.WithCancel(t.Context())
			p.client = leaving{p.client, script, cancel}
			if _, err := p.ask(ctx, func(context.Context) (*source.Result, error) { t.Errorf("%s: computed", what); return nil, nil }); fault.ClassOf(err) != fault.Canceled {
				t.Errorf("%s: it ended with %v", what, err)
			}
			if v := s.rdb.Get(t.Context(), at.lease).Val(); v != "busy" {
				t.Errorf("%s: the lease is %q", what, v)
			}
		}
	})
}

// Without Redis each computes for itself.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	rdb := one(server.Addr)
	t.Cleanup(func() { _ = rdb.Close() })
	server.Kill()
	p := site{rdb, "t:"}.process(time.Minute)
	if r, err := p.ask(t.Context(), func(context.Context) (*source.Result, error) { return rows(t, "alone"), nil }); err != nil || r.Frame.At(0).Value(0) != "alone" {
		t.Errorf("%v, %v", r, err)
	}
}

// random is text that no packing makes small.
func random(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b.WriteByte('!' + byte(x%90))
	}
	return b.String()
}
