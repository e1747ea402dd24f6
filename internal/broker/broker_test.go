package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func TestServer(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always", "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru", "--save", "60 1")
	rdb := client(t, server.Addr)
	s, err := Ask(t.Context(), rdb)
	if err != nil {
		t.Fatal(err)
	}
	if s.Version.Before(Least) || s.Product == "" || s.Mode != "standalone" || s.Role != "master" {
		t.Errorf("%+v", s)
	}
	if s.Eviction != "allkeys-lru" || !s.Evicts() || s.MaxMemory != 1<<30 || s.UsedMemory == 0 {
		t.Errorf("memory: %+v", s)
	}
	if p := s.Persistence; !p.Known || !p.AOF || p.Fsync != "always" || p.Snapshot != "60 1" || p.Fault != "" {
		t.Errorf("persistence: %+v", p)
	}
	if s.Skew.Abs() > s.RoundTrip+time.Second {
		t.Errorf("one machine has one clock: %v", s.Skew)
	}
	// A user who may not look is told less, not nothing.
	if err := rdb.Do(t.Context(), "ACL", "SETUSER", "poor", "on", "nopass", "~*", "+time", "+info").Err(); err != nil {
		t.Fatal(err)
	}
	poor := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2, Username: "poor", Password: "x"})
	defer poor.Close()
	if s, err = Ask(t.Context(), poor); err != nil || s.Eviction != "allkeys-lru" || !s.Persistence.AOF || s.Persistence.Fsync != "" {
		t.Errorf("without +config: %+v, %v", s, err)
	}
	if err := rdb.Do(t.Context(), "ACL", "SETUSER", "poor", "-info").Err(); err != nil {
		t.Fatal(err)
	}
	if s, err = Ask(t.Context(), poor); err != nil || s.Eviction != "" || s.Evicts() || s.Persistence.Known {
		t.Errorf("without +info: %+v, %v", s, err)
	}
}

// A cluster keeps what the worst of its primaries keeps.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := testenv.StartCluster(t, 3, false, "--appendonly", "yes")
	if err := client(t, c.Primaries[1].Addr).ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err(); err != nil {
		t.Fatal(err)
	}
	if err := client(t, c.Primaries[2].Addr).ConfigSet(t.Context(), "appendfsync", "no").Err(); err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), Protocol: 2, MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	s, err := Ask(t.Context(), rdb)
	if err != nil {
		t.Fatal(err)
	}
	if !s.ThroughCluster || s.Mode != "cluster" || !s.Evicts() || s.Persistence.Fsync != "no" || s.Version.Before(Least) {
		t.Errorf("%+v", s)
	}
}

func TestEmbeddedServerSaysLittle(t *testing.T) {
	t.Parallel()
	s, err := Ask(t.Context(), client(t, miniredis.RunT(t).Addr()))
	if err != nil || s.Product != "" || s.Evicts() || s.Persistence.Known {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestAdvisories(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ product, version, want string }{
		{"redis", "7.0.15", "CVE-2025-49844"},
		{"redis", "6.2.20", ""},
		{"redis", "7.2.0", "CVE-2025-49844 CVE-2026-23479"},
		{"redis", "7.2.11", "CVE-2026-23479"},
		{"redis", "8.2.1", "CVE-2025-49844 CVE-2026-23479"},
		{"redis", "8.2.2", "CVE-2026-23479"},
		{"redis", "8.6.2", "CVE-2026-23479"},
		{"redis", "8.6.3", ""},
		{"redis", "9.0.0", ""},
		{"valkey", "8.0.5", "CVE-2025-49844"},
		{"valkey", "8.1.4", ""},
		{"valkey", "9.0.0", ""},
		{"", "0.0.0", ""},
	} {
		var ids []string
		for _, a := range Advisories(c.product, ParseVersion(c.version)) {
			ids = append(ids, a.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.product, c.version, got, c.want)
		}
	}
}

// TestGroup looks at a stream in each of its states, on a real server and on the demo's.
func TestGroup(t *testing.T) {
	t.Parallel()
	t.Run("redis", func(t *testing.T) { t.Parallel(); lookAtGroup(t, client(t, testenv.Redis(t)), false) })
	t.Run("embedded", func(t *testing.T) { t.Parallel(); lookAtGroup(t, client(t, miniredis.RunT(t).Addr()), true) })
}

// lookAtGroup does so; the embedded server reckons no lag, so that what another group keeps is not told apart there.
func lookAtGroup(t *testing.T, rdb *redis.Client, embedded bool) {
	t.Helper()
	prefix := fmt.Sprintf("broker:%d:", time.Now().UnixNano())
	stream, delayed, ctx := prefix+"in", prefix+"in:delayed", t.Context()
	look := func() *Group {
		t.Helper()
		g, err := Look(ctx, rdb, stream, delayed, "g")
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	do := func(args ...any) {
		t.Helper()
		if err := rdb.Do(ctx, args...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if g := look(); g.Exists || g.Length != 0 || g.Backlog != 0 || g.Oldest != 0 {
		t.Errorf("nothing is there: %+v", g)
	}
	old := time.Now().Add(-time.Hour).UnixMilli()
	for i := range 3 {
		do("XADD", stream, fmt.Sprintf("%d-0", old+int64(i)*60_000), "payload", "{}")
	}
	if g := look(); g.Exists || g.Backlog != 3 || g.Oldest < time.Hour || g.Oldest > time.Hour+time.Minute {
		t.Errorf("without a group: %+v", g)
	}
	do("XGROUP", "CREATE", stream, "g", "0")
	do("ZADD", delayed, "1", "later")
	do("XREADGROUP", "GROUP", "g", "c1", "COUNT", "2", "STREAMS", stream, ">")
	if g := look(); !g.Exists || !g.Alone || g.Backlog != 3 || g.Pending != 2 || g.Delayed != 1 || g.Consumers != 1 || g.Oldest < time.Hour {
		t.Errorf("two handed out: %+v", g)
	}
	members, err := Members(ctx, rdb, look().At, stream, prefix+"beats", "g")
	if err != nil || len(members) != 1 || members[0].Name != "c1" || members[0].Pending != 2 || members[0].Heartbeat >= 0 {
		t.Errorf("%+v, %v", members, err)
	}
	do("HSET", prefix+"beats", "c0", time.Now().UnixMilli())
	if members, err = Members(ctx, rdb, look().At, stream, prefix+"beats", "g"); err != nil || len(members) != 2 || members[0].Name != "c0" || members[0].Heartbeat < 0 || members[0].Heartbeat > time.Minute {
		t.Errorf("one that has nothing yet: %+v, %v", members, err)
	}
	p := Pending{Stream: stream, Group: "g", Most: 1}
	entries, err := p.Entries(ctx, rdb, look().At)
	if err != nil || len(entries) != 1 || entries[0].Deliveries != 1 || entries[0].Consumer != "c1" || entries[0].Age < time.Hour {
		t.Errorf("%+v, %v", entries, err)
	}
	p.IdleOver = time.Hour
	if entries, err = p.Entries(ctx, rdb, look().At); err != nil || len(entries) != 0 {
		t.Errorf("left alone for an hour: %+v, %v", entries, err)
	}
	// The two are finished: what is left is the third, whether entries stay or are deleted.
	do("XGROUP", "CREATE", stream, "other", "0")
	do("XACK", stream, "g", fmt.Sprintf("%d-0", old), fmt.Sprintf("%d-0", old+60_000))
	g := look()
	if !embedded && (g.Alone || g.Length != 3 || g.Backlog != 1 || g.Pending != 0 || g.Oldest > 59*time.Minute || g.Oldest < 57*time.Minute) {
		t.Errorf("another group keeps the entries: %+v", g)
	}
	do("XGROUP", "DESTROY", stream, "other")
	do("XDEL", stream, fmt.Sprintf("%d-0", old), fmt.Sprintf("%d-0", old+60_000))
	if g = look(); !g.Alone || g.Backlog != 1 || g.Oldest > 59*time.Minute {
		t.Errorf("alone: %+v", g)
	}
}
