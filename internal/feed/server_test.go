package feed

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func addr(t *testing.T) string { t.Helper(); return testenv.Redis(t) }

// TestOneConnectionReadsAllStreams: however many streams are followed, one connection waits, and all of them are heard.
func TestOneConnectionReadsAllStreams(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	b := on(t, server.Addr)
	const streams = 500
	var all []*follower
	for i := range streams {
		all = append(all, b.follow(fmt.Sprint("k", i), Start{}))
	}
	for i := range streams {
		b.send(fmt.Sprint("k", i), "P__A", i)
	}
	for i, f := range all {
		f.until("its message", f.has(1))
		if want := fmt.Sprintf("P__A=%d", i); f.texts()[0] != want {
			t.Errorf("got %v, want %s", f.texts(), want)
		}
	}
	testenv.Eventually(t, time.Minute, "the reader waits", func() (bool, string) {
		list, err := b.rdb.ClientList(t.Context()).Result()
		if err != nil {
			t.Fatal(err)
		}
		reading := 0
		for line := range strings.Lines(list) {
			if strings.Contains(line, "cmd=xread ") {
				reading++
			}
		}
		return reading == 1, fmt.Sprint(reading, " connections read")
	})
}

// TestRedisIsKilled: with all its data it comes back as another one; nothing is doubled, and what comes then is heard.
func TestRedisIsKilled(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{"with its data": {"--appendonly", "yes", "--appendfsync", "always"}, "without its data": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := testenv.StartRedis(t, args...)
			b := on(t, server.Addr)
			f := b.follow("k", Start{})
			b.send("k", "P__A", 0)
			b.send("k", "P__A", 1)
			b.send("k", "P__B", 2)
			f.until("all came", f.has(3))
			before := f.got[2].Mark
			server.Kill()
			server.Restart(t)
			testenv.Eventually(t, time.Minute, "Redis answers", func() (bool, string) {
				err := b.rdb.Ping(t.Context()).Err()
				return err == nil, fmt.Sprint(err)
			})
			b.send("k", "P__C", 3)
			want := []string{"P__A=1", "P__B=2", "P__C=3"}
			if args == nil {
				want = want[2:]
			}
			f.until("what came then", func() bool { return len(f.got) > 0 && f.texts()[len(f.got)-1] == "P__C=3" })
			if d := cmp.Diff(want, f.texts()); d != "" || len(f.resets) != 1 || f.resets[0] != Epoch {
				t.Errorf("resets %v: %s", f.resets, d)
			}
			f.ascends()
			late := b.follow("k", Start{After: before.String()})
			late.until("who comes back with an older epoch", late.has(len(want)))
			if len(late.resets) != 1 || late.resets[0] != Epoch || late.hello.Mark.Epoch == before.Epoch {
				t.Errorf("resets %v, epoch %s", late.resets, late.hello.Mark.Epoch)
			}
		})
	}
}

// TestConnectionsAreCut: nothing is lost or doubled while Redis is the same.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	b := on(t, server.Addr)
	f := b.follow("k", Start{})
	for i := range 200 {
		b.send("k", "P__A", i)
		if i%20 == 0 {
			b.rdb.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		}
	}
	f.until("all came", f.has(200))
	f.ascends()
	if len(f.got) != 200 || len(f.resets) > 0 {
		t.Errorf("%d came, resets %v", len(f.got), f.resets)
	}
}

// TestAllComeBackAtOnce: thousands that lost their connection cost Redis a few reads.
func TestAllComeBackAtOnce(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	b := on(t, server.Addr)
	const clients, streams = 2000, 20
	var marks [streams]string
	for k := range streams {
		for i := range 50 {
			id := b.send(fmt.Sprint("k", k), "P__A", i)
			marks[k] = id.String()
		}
	}
	epoch := b.follow("other", Start{}).hello.Mark.Epoch
	b.rdb.ConfigResetStat(t.Context())
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			after := epoch + "." + marks[i%streams]
			if i%7 == 0 {
				after = "old." + marks[i%streams]
			}
			sub, err := b.hub.Subscribe(fmt.Sprint(b.prefix, "k", i%streams), Start{After: after})
			if err != nil {
				t.Error(err)
				return
			}
			defer sub.Close()
			hello, err := sub.Open(t.Context())
			if err != nil || hello.Resumed == (i%7 == 0) {
				t.Errorf("client %d: %+v, %v", i, hello, err)
				return
			}
			if d, _, err := sub.Next(t.Context()); err != nil || (d.Reset == Epoch) != (i%7 == 0) {
				t.Errorf("client %d: %+v, %v", i, d, err)
			}
		})
	}
	all.Wait()
	info, err := b.rdb.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	for line := range strings.Lines(info) {
		for _, name := range []string{"xrange", "xrevrange", "xinfo|stream"} {
			if rest, ok := strings.CutPrefix(line, "cmdstat_"+name+":calls="); ok {
				var n int
				_, _ = fmt.Sscanf(rest, "%d", &n)
				reads += n
			}
		}
	}
	if reads > clients/20 {
		t.Errorf("%d reads for %d clients", reads, clients)
	}
}

// TestTheEmbeddedServer has no way to end a read from another connection, and does not say who it is.
func TestTheEmbeddedServer(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	b := on(t, server.Addr())
	b.send("k", "P__A", 0)
	f := b.follow("k", Start{All: true})
	for i := range 50 {
		b.send("k", "P__A", i+1)
	}
	other := b.follow("other", Start{})
	for i := range 50 {
		b.send("other", "P__A", i)
	}
	f.until("all came", f.has(51))
	other.until("all came", other.has(50))
	f.ascends()
	if len(f.resets)+len(other.resets) > 0 {
		t.Errorf("resets %v %v", f.resets, other.resets)
	}
	again := b.follow("k", Start{After: f.got[20].Mark.String()})
	again.until("resumed", again.has(30))
	if again.texts()[0] != "P__A=21" || !again.hello.Resumed {
		t.Errorf("got %v", again.texts())
	}
}

// TestCluster: streams are on several nodes, and move.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := testenv.RedisCluster(t)
	open := func() *redis.ClusterClient {
		return redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs(), MaxRetries: -1, Protocol: 2})
	}
	b := with(t, open(), open())
	var all []*follower
	for i := range 30 {
		all = append(all, b.follow(fmt.Sprint("k", i), Start{}))
	}
	for n := range 10 {
		for i := range all {
			b.send(fmt.Sprint("k", i), "P__A", n)
		}
	}
	for _, f := range all {
		f.until("all came", f.has(10))
		f.ascends()
		if len(f.resets) > 0 {
			t.Errorf("resets %v", f.resets)
		}
	}
	back := b.follow("k3", Start{After: all[3].got[4].Mark.String()})
	back.until("resumed", back.has(5))
}

// TestStopEndsSubscriptions, and there are none afterwards.
func TestStopEndsSubscriptions(t *testing.T) {
	t.Parallel()
	b := shared(t)
	f := b.follow("k", Start{})
	_, changed, err := f.sub.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.hub.Stop()
	<-changed
	if _, _, err := f.sub.Next(t.Context()); err != ErrClosed { //nolint:errorlint // the value itself
		t.Errorf("error is %v", err)
	}
	if _, err := b.hub.Subscribe("k", Start{}); err != ErrClosed { //nolint:errorlint // the value itself
		t.Errorf("error is %v", err)
	}
}

// TestRedisIsAway: who comes meanwhile waits, and is served when it is there.
func TestRedisIsAway(t *testing.T) {
	t.Parallel()
	server := testenv.StartRedis(t)
	b := on(t, server.Addr)
	server.Kill()
	sub, err := b.hub.Subscribe(b.prefix+"k", Start{})
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := sub.Open(ctx); err == nil {
		t.Error("a server that is away was asked")
	}
	server.Restart(t)
	f := b.follow("k", Start{})
	b.send("k", "P__A", 1)
	f.until("it comes", f.has(1))
}
