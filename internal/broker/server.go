// Package broker reads what an operator wants to know of a Redis server, of a stream and of its consumer group.
//
// It changes nothing on the server. Looking costs the same however many entries wait: no call walks a stream. It is not what serves
// entries; that is package consumer.
package broker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Server is what a Redis server says of itself. What it does not tell, or may not tell this user, is empty.
type Server struct {
	// Product is redis or valkey; the embedded server of the demo says neither.
	Product string
	Version Version
	// Mode is standalone, sentinel or cluster; Role is master or slave.
	Mode, Role string
	// ThroughCluster says that a whole cluster was asked, and this is the least that each of its primaries keeps.
	ThroughCluster bool
	Replicas       int
	// Eviction is the policy by which it makes room when it may use no more memory; MaxMemory is 0 where there is no bound.
	Eviction              string
	UsedMemory, MaxMemory int64
	Persistence           Persistence
	// Skew is how far its clock is ahead of this process's, known to half of RoundTrip.
	Skew, RoundTrip time.Duration
}

// Persistence is how a server keeps what it holds.
type Persistence struct {
	// Known says that the server told.
	Known    bool
	AOF      bool
	Fsync    string // always, everysec or no; empty where the user may not read the configuration
	Snapshot string // when snapshots are taken, as in its configuration
	// Fault says which write to the disk failed last.
	Fault string
}

// Ask asks a server, or the primaries of a cluster, about itself.
func Ask(ctx context.Context, rdb redis.Cmdable) (*Server, error) {
	if c, ok := rdb.(*redis.ClusterClient); ok {
		return askCluster(ctx, c)
	}
	return askOne(ctx, rdb)
}

func askOne(ctx context.Context, rdb redis.Cmdable) (*Server, error) {
	s := &Server{}
	begin := time.Now()
	theirs, err := rdb.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("broker: ask for the time: %w", err)
	}
	s.RoundTrip = time.Since(begin)
	s.Skew = theirs.Sub(begin.Add(s.RoundTrip / 2))
	text, err := rdb.Info(ctx).Result()
	if err != nil {
		if refused(err) {
			return s, nil
		}
		return nil, fmt.Errorf("broker: ask for information: %w", err)
	}
	s.read(fields(text))
	if s.Persistence.Known {
		s.Persistence.Fsync, s.Persistence.Snapshot = setting(ctx, rdb, "appendfsync"), setting(ctx, rdb, "save")
	}
	return s, nil
}

func (s *Server) read(info map[string]string) {
	s.Product, s.Version = "redis", ParseVersion(info["redis_version"])
	if v := info["valkey_version"]; v != "" {
		s.Product, s.Version = "valkey", ParseVersion(v)
	}
	if s.Version == (Version{}) {
		s.Product = ""
	}
	s.Mode, s.Role = info["redis_mode"], info["role"]
	s.Replicas, _ = strconv.Atoi(info["connected_slaves"])
	s.Eviction = info["maxmemory_policy"]
	s.UsedMemory, _ = strconv.ParseInt(info["used_memory"], 10, 64)
	s.MaxMemory, _ = strconv.ParseInt(info["maxmemory"], 10, 64)
	aof, known := info["aof_enabled"]
	s.Persistence.Known, s.Persistence.AOF = known, aof == "1"
	for _, write := range []struct{ field, words string }{
		{"aof_last_write_status", "writing the append-only file"},
		{"aof_last_bgrewrite_status", "rewriting the append-only file"},
		{"rdb_last_bgsave_status", "writing a snapshot"},
	} {
		if status := info[write.field]; status != "" && status != "ok" {
			s.Persistence.Fault = write.words
		}
	}
}

// Evicts says that the server may throw keys away to make room.
func (s *Server) Evicts() bool { return s.Eviction != "" && s.Eviction != "noeviction" }

// setting reads one setting, empty where that is refused.
func setting(ctx context.Context, rdb redis.Cmdable, name string) string {
	values, err := rdb.ConfigGet(ctx, name).Result()
	if err != nil {
		return ""
	}
	return values[name]
}

func fields(info string) map[string]string {
	out := make(map[string]string)
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			out[name] = value
		}
	}
	return out
}

// refused says that the user may not run a command.
func refused(err error) bool { return strings.HasPrefix(err.Error(), "NOPERM") }
