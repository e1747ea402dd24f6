package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestKilledRedisLosesAndDoublesNothing kills a Redis that writes every command to disk (AOF always) in load, again and
// again, and starts it anew on its data.
func TestKilledRedisLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newSiteOn(t, server.Addr, "APP_DISPATCHER_LEASE=2000", "APP_DISPATCHER_SLOTS=8", "APP_DISPATCHER_DELIVERY_LIMIT=1000")
	widgets := []string{"a", "b", "c"}
	s.start("consumer", "c1")
	s.start("consumer", "c2")
	sent, inWork := 0, 0
	for range 5 {
		for range 400 {
			s.send(echoRequest(s, sent, widgets))
			sent++
		}
		if s.rdb.XLen(t.Context(), s.input()).Val() > 0 {
			inWork++
		}
		server.Kill()
		server.Restart(t)
		s.eventually(10*time.Second, "the server is back", func() (bool, string) {
			err := s.rdb.Ping(t.Context()).Err()
			return err == nil, fmt.Sprint(err)
		})
	}
	s.settled(60 * time.Second)
	for i := range sent {
		s.exactlyOnce(fmt.Sprintf("r-%d", i), widgets)
	}
	if n := s.rdb.XLen(t.Context(), s.rejected()).Val(); n != 0 {
		t.Errorf("%d dead letters, want none", n)
	}
	t.Logf("%d requests, 5 kills, %d of them with requests in work", sent, inWork)
}

// TestHangingRedisHeals stops the server for longer than a lease, and lets it go on.
func TestHangingRedisHeals(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	s := newSiteOn(t, server.Addr, "APP_DISPATCHER_LEASE=1000", "APP_DISPATCHER_DELIVERY_LIMIT=1000")
	widgets := []string{"a", "b"}
	s.start("consumer", "c1")
	s.start("consumer", "c2")
	for i := range 500 {
		s.send(echoRequest(s, i, widgets))
	}
	server.Signal(t, syscall.SIGSTOP)
	resumed := time.After(3 * time.Second) // the fault itself: longer than the lease
	<-resumed
	server.Signal(t, syscall.SIGCONT)
	for i := range 500 {
		s.send(echoRequest(s, 500+i, widgets))
	}
	s.settled(60 * time.Second)
	for i := range 1000 {
		s.exactlyOnce(fmt.Sprintf("r-%d", i), widgets)
	}
}
