package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/broker"
)

// found returns the level of a check, the worst where it has several lines.
func found(t *testing.T, findings []Finding, check string) Level {
	t.Helper()
	var its []Finding
	for _, f := range findings {
		if f.Check == check {
			its = append(its, f)
		}
		if f.Found == "" || f.Do == "" && (f.Level == Warn || f.Level == Fail) {
			t.Errorf("%+v says too little", f)
		}
	}
	if its == nil {
		t.Fatalf("no %s in %+v", check, findings)
	}
	return Worst(its)
}

func TestRedis(t *testing.T) {
	t.Parallel()
	good := broker.Server{
		Product: "redis", Version: broker.Version{Major: 8, Minor: 6, Patch: 3}, Mode: "standalone", Role: "master", Eviction: "noeviction",
		Persistence: broker.Persistence{Known: true, AOF: true, Fsync: "everysec"}, RoundTrip: time.Millisecond,
	}
	for _, c := range []struct {
		name, check string
		change      func(*broker.Server)
		allowed     bool
		want        Level
	}{
		{"current", "redis.version", func(*broker.Server) {}, false, OK},
		{"too old", "redis.version", func(s *broker.Server) { s.Version = broker.Version{Major: 6, Minor: 2, Patch: 20} }, false, Fail},
		{"known fault", "redis.version", func(s *broker.Server) { s.Version.Patch = 2 }, false, Warn},
		{"silent", "redis.version", func(s *broker.Server) { *s = broker.Server{} }, false, Warn},
		{"silent on eviction", "redis.eviction", func(s *broker.Server) { *s = broker.Server{} }, false, Warn},
		{"primary", "redis.role", func(*broker.Server) {}, false, OK},
		{"replica", "redis.role", func(s *broker.Server) { s.Role = "slave" }, false, Fail},
		{"one node of a cluster", "redis.role", func(s *broker.Server) { s.Mode = "cluster" }, false, Fail},
		{"cluster", "redis.role", func(s *broker.Server) { s.Mode, s.ThroughCluster = "cluster", true }, false, OK},
		{"everysec", "redis.persistence", func(*broker.Server) {}, false, OK},
		{"always", "redis.persistence", func(s *broker.Server) { s.Persistence.Fsync = "always" }, false, OK},
		{"unknown fsync", "redis.persistence", func(s *broker.Server) { s.Persistence.Fsync = "" }, false, Note},
		{"no fsync", "redis.persistence", func(s *broker.Server) { s.Persistence.Fsync = "no" }, false, Warn},
		{"snapshots", "redis.persistence", func(s *broker.Server) { s.Persistence = broker.Persistence{Known: true, Snapshot: "3600 1"} }, false, Warn},
		{"memory only", "redis.persistence", func(s *broker.Server) { s.Persistence = broker.Persistence{Known: true} }, false, Warn},
		{"full disk", "redis.persistence", func(s *broker.Server) { s.Persistence.Fault = "writing a snapshot" }, false, Fail},
		{"noeviction", "redis.eviction", func(*broker.Server) {}, false, OK},
		{"nearly full", "redis.eviction", func(s *broker.Server) { s.MaxMemory, s.UsedMemory = 100<<20, 90<<20 }, false, Warn},
		{"evicts", "redis.eviction", func(s *broker.Server) { s.Eviction = "allkeys-lru" }, false, Fail},
		{"evicts marks", "redis.eviction", func(s *broker.Server) { s.Eviction = "volatile-ttl" }, false, Fail},
		{"accepted", "redis.eviction", func(s *broker.Server) { s.Eviction = "allkeys-lru" }, true, Warn},
		{"same clock", "redis.clock", func(*broker.Server) {}, false, OK},
		{"ahead", "redis.clock", func(s *broker.Server) { s.Skew = 5 * time.Second }, false, Warn},
		{"far behind", "redis.clock", func(s *broker.Server) { s.Skew = -time.Hour }, false, Fail},
		{"slow answer", "redis.clock", func(s *broker.Server) { s.Skew, s.RoundTrip = 2*time.Second, 4*time.Second }, false, OK},
	} {
		s := good
		c.change(&s)
		if got := found(t, Redis("redis", &s, c.allowed), c.check); got != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got, c.want, Redis("redis", &s, c.allowed))
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, check string
		change      func(*Stream)
		want        Level
		says        string
	}{
		{"quiet", "stream.backlog", func(*Stream) {}, OK, "0 requests"},
		{"one live", "stream.consumers", func(*Stream) {}, OK, "1 is running"},
		{"no group", "stream.group", func(s *Stream) { s.State.Exists = false }, Warn, "does not exist"},
		{"shared", "stream.group", func(s *Stream) { s.State.Alone = false }, Note, "others read"},
		{"nobody", "stream.consumers", func(s *Stream) { s.Members = nil }, Warn, "none is running"},
		{"nobody, and work", "stream.consumers", func(s *Stream) { s.Members, s.State.Backlog = nil, 1 }, Fail, "requests wait"},
		{"nobody of the class, and work", "stream.consumers", func(s *Stream) { s.Members, s.State.Backlog, s.Places = nil, 1, "APP_X_SLOTS" }, Fail, "APP_X_SLOTS above 0"},
		{"gone", "stream.consumers", func(s *Stream) {
			s.Members = append(s.Members, broker.Member{Name: "c2", Pending: 3, Heartbeat: time.Hour, Idle: time.Hour})
		}, Warn, "c2 (3 pending, last seen 1h0m ago)"},
		{"foreign", "stream.consumers", func(s *Stream) {
			s.Members = append(s.Members, broker.Member{Name: "old", Pending: 1, Heartbeat: -1, Idle: time.Hour})
		}, Warn, "old (1 pending)"},
		{"old", "stream.backlog", func(s *Stream) { s.State.Backlog, s.State.Oldest = 7, 40*time.Minute }, Warn, "start more consumers"},
		{"stale", "stream.backlog", func(s *Stream) { s.State.Backlog, s.State.Oldest = 7, 2*time.Hour }, Fail, "become dead letters"},
		{"unknown lag", "stream.backlog", func(s *Stream) { s.State.Backlog = -1 }, Note, "cannot tell"},
		{"delayed", "stream.backlog", func(s *Stream) { s.State.Delayed = 2 }, OK, "2 more wait for"},
		{"none stuck", "stream.stuck", func(*Stream) {}, OK, "no entry"},
		{"stuck", "stream.stuck", func(s *Stream) { s.Stuck = []broker.Entry{{ID: "1-1", Consumer: "c9", Idle: time.Hour, Deliveries: 1}} }, Warn, "1-1 (c9,"},
		{"poison", "stream.stuck", func(s *Stream) { s.Stuck = []broker.Entry{{ID: "1-1", Deliveries: 5}} }, Warn, "kills its consumers"},
		{"dead", "stream.dead-letters", func(s *Stream) { s.DeadLetters = 1 }, Note, "dispatcher dead-letter list"},
	} {
		s := &Stream{Subject: "stream",
			Name: "in", Group: "g", Lease: 30 * time.Second, StaleAfter: time.Hour, DeliveryLimit: 5,
			State:   &broker.Group{Exists: true, Alone: true},
			Members: []broker.Member{{Name: "c1", Heartbeat: time.Second}},
		}
		c.change(s)
		findings := s.Judge()
		if got := found(t, findings, c.check); got != c.want {
			t.Errorf("%s: %s, want %s: %+v", c.name, got, c.want, findings)
		}
		var all strings.Builder
		for _, f := range findings {
			if f.Check == c.check {
				all.WriteString(f.Found + f.Do)
			}
		}
		if !strings.Contains(all.String(), c.says) {
			t.Errorf("%s: %q does not say %q", c.name, all.String(), c.says)
		}
	}
}
