package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// command runs the command line and returns what it prints and its exit code.
func (s *site) command(t *testing.T, more []string, arguments ...string) (printed string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "dispatcher"), arguments...)
	cmd.Env = append(append([]string{}, s.env...), more...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// levels returns what the doctor found, by check.
func levels(t *testing.T, printed string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	for line := range strings.Lines(printed) {
		var f struct{ Check, Level, Found, Do string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		got[f.Check] += f.Level
	}
	return got
}

// TestDoctor asks about a deployment that is well, and about one that is not.
func TestDoctor(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t, "--appendonly", "yes")
	s := newSiteOn(t, server.Addr)
	s.start("consumer", "c1")
	var printed string
	var code int
	var got map[string]string
	s.eventually(time.Minute, "a deployment that is well", func() (bool, string) { // its stores have 1.5 s to answer
		printed, code = s.command(t, nil, "--json", "doctor")
		got = levels(t, printed)
		return code == 0 && got["stream.consumers"] == "ok", printed
	})
	for _, check := range []string{"redis.persistence", "redis.eviction", "redis.clock", "redis.role", "stream.group", "stream.consumers", "stream.backlog", "stream.stuck", "stream.dead-letters"} {
		if got[check] != "ok" {
			t.Errorf("%s is %q", check, got[check])
		}
	}
	stores := 0
	for check, level := range got {
		if strings.HasPrefix(check, "store.") && level == "ok" {
			stores++
		}
	}
	if stores == 0 {
		t.Errorf("no store is well:\n%s", printed)
	}

	// Nobody serves what another consumer has left, the server may drop it, and it is stale.
	bad := newSiteOn(t, server.Addr)
	long := time.Now().Add(-2 * time.Hour).UnixMilli()
	for i := range 2 {
		if err := bad.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: bad.input(), ID: fmt.Sprintf("%d-%d", long, i), Values: []string{"payload", "{}"}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]any{
		{"XGROUP", "CREATE", bad.input(), "go_dispatcher", "0"},
		{"XREADGROUP", "GROUP", "go_dispatcher", "gone", "COUNT", "1", "STREAMS", bad.input(), ">"},
		{"XCLAIM", bad.input(), "go_dispatcher", "gone", "0", fmt.Sprintf("%d-0", long), "IDLE", "3600000", "JUSTID"},
		{"HSET", bad.input() + ":consumers", "gone", long},
		{"XADD", bad.rejected(), "*", "reason", "bad_json"},
		{"CONFIG", "SET", "maxmemory-policy", "volatile-lru"},
	} {
		if err := bad.rdb.Do(t.Context(), args...).Err(); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
	}
	printed, code = bad.command(t, nil, "--json", "doctor")
	got = levels(t, printed)
	for check, want := range map[string]string{"redis.eviction": "fail", "stream.consumers": "failwarn", "stream.backlog": "fail", "stream.stuck": "warn", "stream.dead-letters": "note"} {
		if got[check] != want {
			t.Errorf("%s is %q, want %q", check, got[check], want)
		}
	}
	if code != 1 {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
	if printed, code = bad.command(t, nil, "doctor"); code != 1 || !strings.Contains(printed, "CONFIG SET maxmemory-policy noeviction") {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
	// What is not there is said, not hung on.
	if printed, code = bad.command(t, []string{"APP_REDIS_PORT=1"}, "doctor"); code != 1 || !strings.Contains(printed, "see whether it runs") {
		t.Errorf("exit code %d:\n%s", code, printed)
	}
}

// TestConsumerRefusesABrokerThatEvicts: it says why, takes nothing, and starts where the operator accepts it.
func TestConsumerRefusesABrokerThatEvicts(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"allkeys-lru", "volatile-ttl"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			server := testenv.StartRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", policy)
			s := newSiteOn(t, server.Addr)
			s.send(echoRequest(s, 1, []string{"a"}))
			p := s.start("consumer", "c1")
			<-p.done
			if log := p.log.String(); p.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(log, "maxmemory-policy is "+policy) || !strings.Contains(log, "noeviction") {
				t.Errorf("exit code %d:\n%s", p.cmd.ProcessState.ExitCode(), log)
			}
			if groups, err := s.rdb.XInfoGroups(t.Context(), s.input()).Result(); err != nil || len(groups) != 0 {
				t.Errorf("it joined: %v, %v", groups, err)
			}
			s.start("consumer", "c2", "APP_DISPATCHER_ALLOW_EVICTION=true")
			s.settled(30 * time.Second)
			s.exactlyOnce("r-1", []string{"a"})
		})
	}
}

// TestPendingAndDeadLetters shows what waits, replays some dead letters by their reason, and purges others.
func TestPendingAndDeadLetters(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 3 {
		s.send(echoRequest(s, i, []string{"a"}))
	}
	ctx := t.Context()
	for _, args := range [][]any{
		{"XGROUP", "CREATE", s.input(), "go_dispatcher", "0"},
		{"XREADGROUP", "GROUP", "go_dispatcher", "held", "COUNT", "1", "STREAMS", s.input(), ">"},
	} {
		if err := s.rdb.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	printed, code := s.command(t, nil, "--json", "pending")
	var view struct {
		Waiting, Running int64
		Consumers        []struct{ Name string }
		Entries          []struct {
			Consumer   string
			Deliveries int64
		}
	}
	if err := json.Unmarshal([]byte(printed), &view); err != nil || code != 0 {
		t.Fatalf("%v, %d: %s", err, code, printed)
	}
	if view.Waiting != 2 || view.Running != 1 || len(view.Consumers) != 1 || len(view.Entries) != 1 || view.Entries[0].Consumer != "held" || view.Entries[0].Deliveries != 1 {
		t.Errorf("%s", printed)
	}
	if printed, code = s.command(t, nil, "pending", "--consumer", "nobody"); code != 0 || !strings.Contains(printed, "waiting 2 · running 1") || strings.Contains(printed, "ENTRY") {
		t.Errorf("%d: %s", code, printed)
	}

	for _, reason := range []string{"bad_json", "bad_json", "stale_request"} {
		if err := s.rdb.XAdd(ctx, &redis.XAddArgs{Stream: s.rejected(), Values: []string{"payload", echoRequest(s, 9, []string{"a"}), "reason", reason}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int64 { return s.rdb.XLen(ctx, s.rejected()).Val() }
	if printed, code = s.command(t, nil, "dead-letter", "purge"); code != 1 || left() != 3 {
		t.Errorf("nothing is picked: %d: %s", code, printed)
	}
	if printed, code = s.command(t, nil, "dead-letter", "purge", "--reason", "bad_json"); code != 0 || left() != 3 || !strings.Contains(printed, "2 would be purged; say --yes") {
		t.Errorf("without --yes: %d: %s", code, printed)
	}
	if printed, code = s.command(t, nil, "--json", "dead-letter", "purge", "--reason", "bad_json", "--since", "1h", "--yes"); code != 0 || left() != 1 || strings.Count(printed, `"purged":true`) != 2 {
		t.Errorf("%d, %d left: %s", code, left(), printed)
	}
	if printed, code = s.command(t, nil, "dead-letter", "replay", "--older-than", "1h"); code != 0 || left() != 1 || !strings.Contains(printed, "0 replayed") {
		t.Errorf("none is so old: %d: %s", code, printed)
	}
	if printed, code = s.command(t, nil, "dead-letter", "replay", "--reason", "stale_request", "--rate", "5"); code != 0 || left() != 0 || !strings.Contains(printed, "1 replayed") || s.rdb.XLen(ctx, s.input()).Val() != 4 {
		t.Errorf("%d: %s", code, printed)
	}
	for _, command := range [][]string{{"doctor"}, {"pending"}, {"dead-letter", "replay"}, {"dead-letter", "purge"}} {
		if printed, code = s.command(t, nil, append(command, "--help")...); code != 0 || !strings.Contains(printed, "  dispatcher ") {
			t.Errorf("%v teaches nothing: %d: %s", command, code, printed)
		}
	}
}
