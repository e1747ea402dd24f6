package broker

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// askCluster asks every primary, and makes of them the one server whose promises all of them keep.
func askCluster(ctx context.Context, c *redis.ClusterClient) (*Server, error) {
	var mu sync.Mutex
	var least *Server
	err := c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		s, err := askOne(ctx, node)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if least == nil {
			least = s
		} else {
			least.lower(s)
		}
		return nil
	})
	if err == nil && least == nil {
		err = errors.New("broker: the cluster names no primary")
	}
	if err != nil {
		return nil, err
	}
	least.ThroughCluster = true
	return least, nil
}

// lower takes from another server what is worse there.
func (s *Server) lower(other *Server) {
	if other.Version.Before(s.Version) {
		s.Version = other.Version
	}
	if other.Evicts() || other.Eviction == "" {
		s.Eviction = other.Eviction
	}
	if other.MaxMemory > 0 && (s.MaxMemory == 0 || other.UsedMemory*s.MaxMemory > s.UsedMemory*other.MaxMemory) {
		s.MaxMemory, s.UsedMemory = other.MaxMemory, other.UsedMemory
	}
	if other.Persistence.rank() < s.Persistence.rank() {
		s.Persistence = other.Persistence
	}
	if other.Skew.Abs() > s.Skew.Abs() {
		s.Skew = other.Skew
	}
	s.RoundTrip = max(s.RoundTrip, other.RoundTrip)
	s.Replicas = min(s.Replicas, other.Replicas)
}

// rank orders what a server keeps when it is killed.
func (p *Persistence) rank() int {
	switch {
	case !p.Known:
		return 0
	case p.Fault != "":
		return 1
	case !p.AOF && p.Snapshot == "":
		return 2
	case !p.AOF:
		return 3
	}
	return map[string]int{"no": 4, "": 5, "everysec": 6, "always": 7}[p.Fsync]
}
