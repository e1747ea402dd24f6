package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

func get(t *testing.T, r *readiness) Readiness {
	t.Helper()
	got, err := r.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func newTestReadiness(checks ...Check) *readiness {
	return newReadiness(checks, slog.New(slog.DiscardHandler))
}

func down(name, text string) Readiness {
	return Readiness{Failing: []Failure{{Name: name, Error: text}}}
}

func TestReadyFlipsAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var err error
		runs := 0
		r := newTestReadiness(Check{Name: "redis", Run: func(context.Context) error { runs++; return err }})
		for _, step := range []struct {
			err  error
			wait time.Duration
			want Readiness
			runs int
		}{
			{nil, 0, Readiness{Ready: true}, 1},
			{errors.New("x"), checkCache - 1, Readiness{Ready: true}, 1}, // from the cache
			{errors.New("x"), 1, down("redis", "is not ready"), 2},
			{nil, checkCache, Readiness{Ready: true}, 3},
		} {
			err = step.err
			time.Sleep(step.wait)
			if d := cmp.Diff(step.want, get(t, r)); d != "" || runs != step.runs {
				t.Errorf("%d runs: %s", runs, d)
			}
		}
	})
}

func TestReadyCoalesces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		release := make(chan struct{})
		r := newTestReadiness(Check{Name: "redis", Run: func(context.Context) error { runs.Add(1); <-release; return nil }})
		impatient, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := r.get(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller who left got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				if got, err := r.get(t.Context()); err != nil || !got.Ready {
					t.Errorf("got %v, %v", got, err)
				}
			})
		}
		synctest.Wait()
		cancel() // who started the run leaves; the others still get its result
		synctest.Wait()
		close(release)
		all.Wait()
		if runs.Load() != 1 {
			t.Errorf("the check ran %d times", runs.Load())
		}
	})
}

func TestReadyHasALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		hung := make(chan struct{})
		r := newTestReadiness(
			Check{Name: "deaf", Run: func(context.Context) error { runs.Add(1); <-hung; return nil }},
			Check{Name: "polite", Run: func(ctx context.Context) error { return ctx.Err() }},
		)
		for range 3 {
			begin := time.Now()
			if d := cmp.Diff(down("deaf", "does not answer"), get(t, r)); d != "" {
				t.Error(d)
			}
			if took := time.Since(begin); took != checkLimit {
				t.Errorf("it took %v", took)
			}
			time.Sleep(checkCache)
		}
		if runs.Load() != 1 {
			t.Errorf("a hung check was started %d times", runs.Load())
		}
		close(hung)
		synctest.Wait()
		if got := get(t, r); !got.Ready {
			t.Errorf("it does not recover: %v", got)
		}
		r.work.Wait()
	})
}

func TestReadySurvivesAPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTestReadiness(Check{Name: "redis", Run: func(context.Context) error { panic("secret detail") }}, Check{Name: "none"})
		want := Readiness{Failing: []Failure{{"redis", "is not ready"}, {"none", "is not ready"}}}
		if d := cmp.Diff(want, get(t, r)); d != "" {
			t.Error(d)
		}
		r.work.Wait()
	})
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, "does not answer"},
		{fmt.Errorf("redis: ping 10.0.0.1: %w", context.DeadlineExceeded), "does not answer"},
		{errors.New("WRONGPASS invalid username-password pair"), "wrong password"},
		{errors.New("NOAUTH Authentication required."), "asks for a password"},
		{errors.New("NOGROUP No such key 'in'"), "the consumer group is missing"},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "its certificate is not trusted"},
		{fault.New(fault.Transient, "x", "the store is being moved", errors.New("host")), "the store is being moved"},
		{errors.New("host db.internal: anything"), "is not ready"},
	} {
		if got := safe(tc.err); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.err, got, tc.want)
		}
	}
}
