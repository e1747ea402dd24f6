package testenv

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// clusterSlots is how many slots a cluster has.
const clusterSlots = 16384

// Cluster is a Redis Cluster. Its primaries have the slots in equal parts, in order; the i-th of Replicas follows the i-th of them.
type Cluster struct {
	Primaries, Replicas []*Server
}

// Addrs are the primaries' addresses.
func (c *Cluster) Addrs() (addrs []string) {
	for _, s := range c.Primaries {
		addrs = append(addrs, s.Addr)
	}
	return addrs
}

//nolint:gochecknoglobals // one cluster a test process: its start is what takes time
var sharedCluster struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

// RedisCluster returns a cluster of three primaries that all tests of the process share; each keeps to keys of its own. It ends with the process.
func RedisCluster(t testing.TB) *Cluster {
	t.Helper()
	shared := &sharedCluster
	shared.once.Do(func() {
		shared.cluster, shared.err = cluster(3, false, func(args ...string) (*Server, error) {
			dir, err := os.MkdirTemp("", "dispatcher-redis-") //nolint:usetesting // outlives the test that starts it
			if err != nil {
				return nil, err
			}
			return launch(dir, args)
		})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.cluster
}

// StartCluster starts a cluster for one test, with a replica for each primary where asked, and with further command-line arguments.
func StartCluster(t testing.TB, primaries int, replicas bool, args ...string) *Cluster {
	t.Helper()
	c, err := cluster(primaries, replicas, func(more ...string) (*Server, error) { return StartRedis(t, append(more, args...)...), nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func cluster(primaries int, replicas bool, start func(args ...string) (*Server, error)) (*Cluster, error) {
	c := &Cluster{}
	for i := range 2 * primaries {
		if i >= primaries && !replicas {
			break
		}
		bus, err := freePort()
		if err != nil {
			return nil, err
		}
		s, err := start("--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(bus), "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0")
		if err != nil {
			return nil, err
		}
		if i < primaries {
			c.Primaries = append(c.Primaries, s)
		} else {
			c.Replicas = append(c.Replicas, s)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.join(ctx); err != nil {
		return nil, fmt.Errorf("redis cluster: %w", err)
	}
	if replicas {
		return c, nil
	}
	// Where nobody is promoted, one that a busy machine starves for seconds is waited for. From the start on it would be late to serve.
	for _, s := range c.Primaries {
		if err := s.do(ctx, nil, "CONFIG", "SET", "cluster-node-timeout", 60000); err != nil {
			return nil, fmt.Errorf("redis cluster: %w", err)
		}
	}
	return c, nil
}

// join makes the servers one cluster, and waits until all of them serve it.
func (c *Cluster) join(ctx context.Context) error {
	first := c.Primaries[0]
	host, port, _ := net.SplitHostPort(first.Addr)
	bus := first.args[slices.Index(first.args, "--cluster-port")+1]
	for i, s := range c.Primaries {
		if err := errors.Join(
			s.do(ctx, nil, "CLUSTER", "ADDSLOTSRANGE", i*clusterSlots/len(c.Primaries), (i+1)*clusterSlots/len(c.Primaries)-1),
			s.do(ctx, nil, "CLUSTER", "SET-CONFIG-EPOCH", i+1),
		); err != nil {
			return err
		}
	}
	nodes := append(slices.Clone(c.Primaries), c.Replicas...)
	met := func() error {
		for _, s := range nodes[1:] {
			if err := s.do(ctx, nil, "CLUSTER", "MEET", host, port, bus); err != nil {
				return err
			}
		}
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return all(soon, nodes, fmt.Sprintf("cluster_known_nodes:%d\r", len(nodes)), "CLUSTER", "INFO")
	}
	// Who does not answer in time is forgotten again, without an error.
	for err := met(); err != nil; err = met() {
		if ctx.Err() != nil {
			return err
		}
	}
	for i, s := range c.Replicas {
		var id string
		if err := c.Primaries[i].do(ctx, &id, "CLUSTER", "MYID"); err != nil {
			return err
		}
		if err := s.replicate(ctx, id); err != nil {
			return err
		}
	}
	if err := all(ctx, nodes, "cluster_state:ok", "CLUSTER", "INFO"); err != nil {
		return err
	}
	// One that has never had its primary's data does not take its place.
	return all(ctx, c.Replicas, "master_link_status:up", "INFO", "replication")
}

// replicate makes a server another's replica, as soon as it knows that one by its id: of one that it has just met it may know the address alone.
func (s *Server) replicate(ctx context.Context, id string) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.do(ctx, nil, "CLUSTER", "REPLICATE", id)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-again.C:
		}
	}
}

// all waits until every node says something when it is asked.
func all(ctx context.Context, nodes []*Server, what string, question ...any) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for _, s := range nodes {
		for {
			var info string
			if err := s.do(ctx, &info, question...); err != nil {
				return err
			}
			if strings.Contains(info, what) {
				break
			}
			select {
			case <-again.C:
			case <-ctx.Done():
				return fmt.Errorf("%s does not say %q: %s", s.Addr, what, info)
			}
		}
	}
	return nil
}

// do asks a server by itself.
func (s *Server) do(ctx context.Context, answer *string, args ...any) error {
	rdb := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1, Protocol: 2})
	defer rdb.Close()
	text, err := rdb.Do(ctx, args...).Text()
	if err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}
	if answer != nil {
		*answer = text
	}
	return nil
}
