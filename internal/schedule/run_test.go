package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/schedule"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// site is a scheduler with streams of its own on the real Redis.
func site(t *testing.T, jobs ...schedule.Job) (*schedule.Scheduler, *redis.Client) {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	stream := fmt.Sprintf("schedule:%s:%d", t.Name(), time.Now().UnixNano())
	return &schedule.Scheduler{
		Redis: rdb, Stream: stream, Last: stream + ":schedule", Jobs: jobs, Now: func() time.Time { return at("12:07:00") }, Log: slog.New(slog.DiscardHandler),
	}, rdb
}

func asked(t *testing.T, s *schedule.Scheduler, rdb *redis.Client) (payloads []string) {
	t.Helper()
	for _, e := range rdb.XRange(t.Context(), s.Stream, "-", "+").Val() {
		payloads = append(payloads, fmt.Sprint(e.Values["payload"]))
	}
	return payloads
}

func payload(tick time.Time) ([]byte, error) { return []byte(tick.Format(time.TimeOnly)), nil }

// TestTwoSchedulersAtOnce has a second scheduler ask for the same time between the moment when the first finds that it is due and the moment when
// it asks: one request goes out.
func TestTwoSchedulersAtOnce(t *testing.T) {
	t.Parallel()
	s, rdb := site(t)
	second := *s
	second.Jobs = []schedule.Job{{Key: "job", Every: 5 * time.Minute, Payload: payload}}
	entries := 0
	count := func(*schedule.Job, time.Time, string) { entries++ }
	s.Asked, second.Asked = count, count
	s.Jobs = []schedule.Job{{Key: "job", Every: 5 * time.Minute, Payload: func(tick time.Time) ([]byte, error) {
		if err := second.Once(t.Context()); err != nil {
			t.Error(err)
		}
		return payload(tick)
	}}}
	if err := s.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"12:05:00"}, asked(t, s, rdb)); diff != "" || entries != 1 {
		t.Errorf("told of %d: %s", entries, diff)
	}
}

// TestAFaultOfOneJob keeps no other from being asked for, and what failed is asked for the next time.
func TestAFaultOfOneJob(t *testing.T) {
	t.Parallel()
	broken := true
	s, rdb := site(t, schedule.Job{Key: "a", Every: 5 * time.Minute, Payload: func(tick time.Time) ([]byte, error) {
		if broken {
			return nil, errors.New("broken")
		}
		return payload(tick)
	}}, schedule.Job{Key: "b", Every: time.Minute, CatchUp: 3, Payload: payload})
	if err := s.Once(t.Context()); err == nil {
		t.Error("the fault is not said")
	}
	broken = false
	s.Now = func() time.Time { return at("12:09:30") }
	if err := s.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"12:07:00", "12:05:00", "12:08:00", "12:09:00"}, asked(t, s, rdb)); diff != "" {
		t.Error(diff)
	}
}

// TestRun asks at each time of each job, a delay after it, and ends with its context. Its Redis answers at once and has noted nothing.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		begin := time.Now()
		var got []string
		s := &schedule.Scheduler{
			Redis: &noting{}, Stream: "s", Last: "l", Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Jobs: []schedule.Job{{Key: "a", Every: 4 * time.Minute, Delay: time.Minute, CatchUp: 1, Payload: payload}},
			Asked: func(_ *schedule.Job, tick time.Time, _ string) {
				got = append(got, fmt.Sprint(tick.Sub(begin), " at ", time.Since(begin)))
			},
		}
		if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
		if diff := cmp.Diff([]string{"-4m0s at 0s", "0s at 1m0s", "4m0s at 5m0s", "8m0s at 9m0s"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// noting keeps the last time as the script on the server does; the clock of the test is not the real one, which a connection would wait for.
type noting struct {
	redis.Cmdable
	last string
}

func (n *noting) HGet(ctx context.Context, _, _ string) *redis.StringCmd {
	cmd := redis.NewStringCmd(ctx)
	if cmd.SetVal(n.last); n.last == "" {
		cmd.SetErr(redis.Nil)
	}
	return cmd
}

func (n *noting) EvalSha(ctx context.Context, _ string, _ []string, args ...any) *redis.Cmd {
	n.last = fmt.Sprint(args[1])
	cmd := redis.NewCmd(ctx)
	cmd.SetVal("1-0")
	return cmd
}
