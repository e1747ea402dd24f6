package chaos

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// clusterRows have a cluster for a broker. Requests and their outputs are in slots of different nodes there.
func clusterRows() []row {
	return []row{
		{matrix: "15", name: "move-slots", fault: "Cluster: the requests' slot, and those of outputs, move from node to node in load", short: true, cluster: 3, redis: slowToJudge(),
			few: 600, many: 5000, how: mix{millis: 3, passing: 3}, harm: moveSlots},
		{matrix: "16", name: "kill-cluster-primary", fault: "Cluster: SIGKILL of the primary that has the requests; its replica is promoted", cluster: 3,
			few: 600, many: 5000, how: mix{millis: 10, passing: 3}, harm: killClusterPrimary},
	}
}

// slowToJudge has no node that a busy machine stalls for some seconds be taken for one that is down.
func slowToJudge() []string { return []string{"--cluster-node-timeout", "15000"} }

// startCluster has the row work on a cluster. The harness's client follows no slot to another node by itself, so that a request is sent once.
func (s *site) startCluster() {
	s.cluster = testenv.StartCluster(s.t, s.row.cluster, true, s.row.redis...)
	addrs := s.cluster.Addrs()
	s.redis = s.cluster.Primaries[0]
	s.rdb = redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, Protocol: 2, MaxRetries: -1, MaxRedirects: -1, ReadTimeout: patience, WriteTimeout: patience})
	s.env = []string{"APP_REDIS_CLUSTER_NODES=" + strings.Join(addrs, ",")}
}

// eachServer has f ask every server that holds keys.
func (s *site) eachServer(f func(rdb redis.Cmdable)) {
	s.t.Helper()
	c, ok := s.rdb.(*redis.ClusterClient)
	if !ok {
		f(s.rdb)
		return
	}
	var mu sync.Mutex
	if err := c.ForEachMaster(s.t.Context(), func(_ context.Context, one *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		f(one)
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// moveSlots hands slots over until the load is through.
func moveSlots(s *site) {
	s.start("w0")
	s.start("w1")
	s.load(6 * time.Second)
	m := newMover(s)
	for n := 0; !s.ledger.done(); n++ {
		m.move(input)
		for i := range 5 {
			m.move(output + key(n*5+i))
		}
		s.fired(6)
	}
	s.ledger.wait()
}

// mover moves slots between primaries.
type mover struct {
	s     *site
	nodes []*redis.Client
	ids   []string
}

func newMover(s *site) *mover {
	m := &mover{s: s}
	for _, server := range s.cluster.Primaries {
		rdb := redis.NewClient(patient(redis.Options{Addr: server.Addr}))
		s.t.Cleanup(func() { _ = rdb.Close() })
		m.nodes = append(m.nodes, rdb)
		m.ids = append(m.ids, m.do(rdb, "CLUSTER", "MYID"))
	}
	return m
}

func (m *mover) do(rdb *redis.Client, args ...any) string {
	m.s.t.Helper()
	text, err := rdb.Do(m.s.t.Context(), args...).Text()
	if err != nil {
		m.s.t.Fatalf("%v: %v", args, err)
	}
	return text
}

// owner finds who has a slot, by what each says of its own.
func (m *mover) owner(slot int64) int {
	m.s.t.Helper()
	for i, rdb := range m.nodes {
		shards, err := rdb.ClusterShards(m.s.t.Context()).Result()
		if err != nil {
			m.s.t.Fatal(err)
		}
		for _, shard := range shards {
			mine := slices.ContainsFunc(shard.Nodes, func(n redis.Node) bool { return n.ID == m.ids[i] && n.Role == "master" })
			if mine && slices.ContainsFunc(shard.Slots, func(r redis.SlotRange) bool { return r.Start <= slot && slot <= r.End }) {
				return i
			}
		}
	}
	m.s.t.Fatalf("nobody has slot %d", slot)
	return 0
}

// move hands a key's slot to the next primary, key by key, as redis-cli --cluster reshard does.
func (m *mover) move(name string) {
	m.s.t.Helper()
	ctx := m.s.t.Context()
	slot, err := m.nodes[0].ClusterKeySlot(ctx, name).Result()
	if err != nil {
		m.s.t.Fatal(err)
	}
	from := m.owner(slot)
	to := (from + 1) % len(m.nodes)
	m.do(m.nodes[to], "CLUSTER", "SETSLOT", slot, "IMPORTING", m.ids[from])
	m.do(m.nodes[from], "CLUSTER", "SETSLOT", slot, "MIGRATING", m.ids[to])
	host, port, _ := net.SplitHostPort(m.nodes[to].Options().Addr)
	for {
		keys, err := m.nodes[from].ClusterGetKeysInSlot(ctx, int(slot), 100).Result()
		if err != nil {
			m.s.t.Fatal(err)
		}
		if len(keys) == 0 {
			break
		}
		args := []any{"MIGRATE", host, port, "", 0, 10_000, "KEYS"}
		for _, k := range keys {
			args = append(args, k)
		}
		m.do(m.nodes[from], args...)
	}
	m.do(m.nodes[to], "CLUSTER", "SETSLOT", slot, "NODE", m.ids[to])
	for _, rdb := range m.nodes {
		m.do(rdb, "CLUSTER", "SETSLOT", slot, "NODE", m.ids[to])
	}
	m.agreed()
}

// agreed waits until each node knows the epoch of each: a slot that moves on sooner may be taken back by what a node says that is behind.
func (m *mover) agreed() {
	m.s.t.Helper()
	m.s.eventually("the nodes agree", func() (bool, string) {
		epochs := map[string]string{}
		for _, rdb := range m.nodes {
			for line := range strings.Lines(m.do(rdb, "CLUSTER", "NODES")) {
				f := strings.Fields(line)
				id, epoch := f[0], f[6]
				if !slices.Contains(m.ids, id) {
					continue
				}
				if known, ok := epochs[id]; ok && known != epoch {
					return false, id + " is at " + known + " or " + epoch
				}
				epochs[id] = epoch
			}
		}
		return true, ""
	})
}

// killClusterPrimary kills the node of the requests, whose replica takes its place.
func killClusterPrimary(s *site) {
	s.startJoined("w0", "w1")
	m := newMover(s)
	slot, err := m.nodes[0].ClusterKeySlot(s.t.Context(), input).Result()
	if err != nil {
		s.t.Fatal(err)
	}
	victim := m.owner(slot)
	half := s.row.few / 2
	if full() {
		half = s.row.many / 2
	}
	s.send(half)
	s.eventually("requests in work", func() (bool, string) { return s.pending() > 0, "none" })
	s.mayLose(2 * time.Second)
	s.cluster.Primaries[victim].Kill()
	from := time.Now()
	there := redis.NewClient(patient(redis.Options{Addr: s.cluster.Replicas[victim].Addr}))
	s.t.Cleanup(func() { _ = there.Close() })
	s.eventually("the replica is promoted", func() (bool, string) {
		info := there.Info(s.t.Context(), "replication").Val()
		return strings.Contains(info, "role:master"), info
	})
	s.fired(1)
	s.verdict.note("promoted after %v", time.Since(from).Round(100*time.Millisecond))
	s.eventually("the cluster serves", func() (bool, string) {
		_, err := s.rdb.XLen(s.t.Context(), input).Result()
		return err == nil, fmt.Sprint(err)
	})
	s.send(half)
}
