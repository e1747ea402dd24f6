package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// lines is a log that a test reads while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestRedisOverTLS serves a request through a Redis that asks for a client's certificate, and is refused wherever something is wrong.
func TestRedisOverTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := testenv.NewAuthority(t, "ours"), testenv.NewAuthority(t, "theirs")
	ours.Issue(t, "server")
	ours.Issue(t, "client")
	theirs.Issue(t, "client")
	port := testenv.FreePort(t)
	secured := net.JoinHostPort("127.0.0.1", port)
	server := testenv.StartRedis(t, "--tls-port", port, "--tls-cert-file", ours.File("server"), "--tls-key-file", ours.File("server-key"), "--tls-ca-cert-file", ours.File("ca"), "--tls-auth-clients", "yes")
	good := map[string]string{
		"APP_REDIS_TLS": "true", "APP_REDIS_TLS_CA_FILE": ours.File("ca"), "APP_REDIS_TLS_CERT_FILE": ours.File("client"), "APP_REDIS_TLS_KEY_FILE": ours.File("client-key"),
	}
	run(t, settings(secured, good))
	plain := redis.NewClient(&redis.Options{Addr: server.Addr, Protocol: 2})
	t.Cleanup(func() { _ = plain.Close() })
	if err := plain.XAdd(t.Context(), &redis.XAddArgs{Stream: "go_dispatcher:requests", Values: []string{"payload", request("k", "")}}).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is answered", func() bool { return plain.XLen(t.Context(), "go_dispatcher:out:k").Val() == 3 })

	sniffed := sniff(t)
	for name, c := range map[string]struct {
		addr string
		more map[string]string
		want string
	}{
		"another authority":                 {secured, map[string]string{"APP_REDIS_TLS_CA_FILE": theirs.File("ca")}, "unknown authority"},
		"the system's authorities":          {secured, map[string]string{"APP_REDIS_TLS_CA_FILE": ""}, "certificate"},
		"no certificate of one's own":       {secured, map[string]string{"APP_REDIS_TLS_CERT_FILE": "", "APP_REDIS_TLS_KEY_FILE": ""}, "certificate required"},
		"a certificate of another":          {secured, map[string]string{"APP_REDIS_TLS_CERT_FILE": theirs.File("client"), "APP_REDIS_TLS_KEY_FILE": theirs.File("client-key")}, ""},
		"a server that speaks in the clear": {server.Addr, nil, ""},
		"a server that listens":             {sniffed.addr, map[string]string{"APP_REDIS_PASSWORD": "canary-password"}, ""},
	} {
		env := settings(c.addr, good)
		maps.Copy(env, c.more)
		conf, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rdb, err := process.Connect(conf.Broker, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		// A server that refuses a certificate may close the connection before its reason is read: then it is asked again.
		err = rdb.Ping(ctx).Err()
		for err != nil && !strings.Contains(err.Error(), c.want) && ctx.Err() == nil {
			err = rdb.Ping(ctx).Err()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		_ = rdb.Close()
	}
	if got := sniffed.got.String(); len(got) == 0 || got[0] != 0x16 || strings.Contains(got, "canary") || strings.Contains(got, "PING") {
		t.Errorf("what was sent before the server proved who it is: %q", got)
	}
}

// sniffer takes what a client sends, and never answers.
type sniffer struct {
	addr string
	got  lines
}

func sniff(t *testing.T) *sniffer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sniffer{addr: listener.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			n, err := conn.Read(buf) // the client waits for an answer and then goes, at the latest
			for ; err == nil; n, err = conn.Read(buf) {
				_, _ = s.got.Write(buf[:n])
				_ = conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return s
}

// TestWorkGoesOnAfterAFailover kills the primary that sentinels watch. What the replica had is served once, and what comes later too.
func TestWorkGoesOnAfterAFailover(t *testing.T) {
	t.Parallel()
	primary := testenv.StartRedis(t)
	host, port, _ := net.SplitHostPort(primary.Addr)
	replica := testenv.StartRedis(t, "--replicaof", host+" "+port)
	sentinel := testenv.StartSentinel(t, "dispatcher", primary.Addr)
	client := func(addr string) *redis.Client {
		rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
		t.Cleanup(func() { _ = rdb.Close() })
		return rdb
	}
	on := client(primary.Addr)
	eventually(t, "the replica follows", func() bool {
		return strings.Contains(client(replica.Addr).Info(t.Context(), "replication").Val(), "master_link_status:up")
	})
	watcher := redis.NewSentinelClient(&redis.Options{Addr: sentinel.Addr})
	t.Cleanup(func() { _ = watcher.Close() })
	eventually(t, "the sentinel knows the replica", func() bool {
		list, err := watcher.Replicas(t.Context(), "dispatcher").Result()
		return err == nil && len(list) == 1
	})

	run(t, settings("127.0.0.1:1", map[string]string{"APP_REDIS_SENTINELS": sentinel.Addr, "APP_REDIS_SENTINEL_MASTER": "dispatcher", "APP_DISPATCHER_LEASE": "1000"}))
	const each = 100
	send := func(rdb *redis.Client, from int) {
		t.Helper()
		for i := range each {
			if err := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: "go_dispatcher:requests", Values: []string{"payload", request(strconv.Itoa(from+i), "")}}).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(on, 0)
	eventually(t, "the first are answered", func() bool { return on.XLen(t.Context(), "go_dispatcher:requests").Val() == 0 })
	if n := on.Wait(t.Context(), 1, time.Minute).Val(); n != 1 {
		t.Fatalf("%d replicas have it", n)
	}
	primary.Kill()
	testenv.MissPrimary(t, watcher, "dispatcher")
	eventually(t, "the replica is promoted", func() bool {
		addr, err := watcher.GetMasterAddrByName(t.Context(), "dispatcher").Result()
		return err == nil && net.JoinHostPort(addr[0], addr[1]) == replica.Addr && strings.Contains(client(replica.Addr).Info(t.Context(), "replication").Val(), "role:master")
	})
	now := client(replica.Addr)
	send(now, each)
	eventually(t, "the rest is answered", func() bool {
		return now.XLen(t.Context(), "go_dispatcher:requests").Val() == 0 && now.XLen(t.Context(), fmt.Sprintf("go_dispatcher:out:%d", 2*each-1)).Val() == 3
	})
	for i := range 2 * each {
		if n := now.XLen(t.Context(), fmt.Sprintf("go_dispatcher:out:%d", i)).Val(); n != 3 {
			t.Errorf("request %d has %d messages, want 3", i, n)
		}
	}
}
