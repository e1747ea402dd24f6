package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestTheSentinelsPasswordIsReadAgain replaces it while a client is connected, and cuts all connections: the primary is found again with what the file holds now.
func TestTheSentinelsPasswordIsReadAgain(t *testing.T) {
	t.Parallel()
	primary := testenv.StartRedis(t)
	sentinel := testenv.StartSentinel(t, "dispatcher", primary.Addr)
	operator := redis.NewClient(&redis.Options{Addr: sentinel.Addr, Protocol: 2, PoolSize: 1, ReadTimeout: time.Minute})
	t.Cleanup(func() { _ = operator.Close() })
	file := filepath.Join(t.TempDir(), "password")
	password := func(text string) {
		t.Helper()
		if err := operator.Do(t.Context(), "ACL", "SETUSER", "default", "resetpass", ">"+text).Err(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	password("first")
	broker := config.Redis{Sentinels: sentinel.Addr, SentinelMaster: "dispatcher", SentinelPasswordFile: file}
	rdb, err := process.Connect(broker, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rdb.Close() })
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}

	password("second")
	on := redis.NewClient(&redis.Options{Addr: primary.Addr, Protocol: 2})
	t.Cleanup(func() { _ = on.Close() })
	for server, c := range map[string]*redis.Client{"sentinel": operator, "primary": on} {
		if n, err := c.ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Result(); err != nil || n == 0 {
			t.Fatalf("%d connections of the %s were cut: %v", n, server, err)
		}
	}
	eventually(t, "the primary is found again", func() bool { return rdb.Ping(t.Context()).Err() == nil })
}

// TestASentinelsPasswordFileIsLookedAtFirst has a file that cannot be read refused at the start.
func TestASentinelsPasswordFileIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "none")
	_, err := process.Connect(config.Redis{Sentinels: "127.0.0.1:1", SentinelPasswordFile: file}, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Fatal("a file that is not there was taken")
	}
}
