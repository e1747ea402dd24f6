package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

const (
	liveTenants, liveKeys = 2, 6 // streams of each tenant
	liveWidgets           = 12
	tokenSecret           = "chaos-chaos-chaos-chaos-chaos-chaos"
)

// TestSubscribers has two gateways killed at random, and Redis once or more, while thousands of messages go to subscribers that come back to either of
// them. Every subscriber has had each message once and in order, or was told by a reset, and ends on the newest of each widget; none has another tenant's.
func TestSubscribers(t *testing.T) {
	t.Parallel()
	during, subscribers, pause := 5*time.Second, 60, 40*time.Millisecond
	if full() {
		during, subscribers = 2*time.Minute, 1000
	}
	g := &gateways{t: t, redis: testenv.StartRedis(t, "--appendonly", "yes", "--appendfsync", "always")}
	g.rdb = redis.NewClient(patient(redis.Options{Addr: g.redis.Addr}))
	t.Cleanup(func() { _ = g.rdb.Close() })
	for i := range 2 {
		g.addrs = append(g.addrs, "127.0.0.1:"+testenv.FreePort(t))
		g.running = append(g.running, g.start(i))
	}
	until, stop := context.WithCancel(t.Context())
	defer stop()
	newest := make([]int, liveTenants*liveKeys) // of each stream, written by its writer
	written := make(chan struct{})
	var writing, following sync.WaitGroup
	for stream := range newest {
		writing.Go(func() { newest[stream] = g.write(stream, written, pause) })
	}
	all := make([]*subscriber, subscribers)
	for i := range all {
		all[i] = newSubscriber(g, i)
		following.Go(func() { all[i].follow(until) })
	}
	kills, restarts := g.harm(during)
	close(written)
	writing.Wait()
	if kills == 0 || restarts == 0 {
		t.Errorf("the fault did not fire: %d gateways and %d times Redis killed", kills, restarts)
	}
	testenv.Eventually(t, patience, "every subscriber ends on the newest", func() (bool, string) {
		behind, saw := 0, ""
		for _, s := range all {
			if ended, where := s.endsOn(newest[s.stream]); !ended {
				behind++
				saw = where
			}
		}
		return behind == 0, fmt.Sprintf("%d behind, one of them %s", behind, saw)
	})
	stop()
	following.Wait()
	var messages, connections, resets int
	for _, s := range all {
		messages, connections, resets = messages+s.messages, connections+s.connections, resets+s.resets
		for _, fault := range s.faults {
			t.Errorf("subscriber of %s: %s", streamName(s.stream), fault)
		}
	}
	t.Logf("%d subscribers of %d streams, %d messages delivered over %d connections; gateways killed %d times, Redis %d times; %d resets", subscribers, len(newest), messages, connections, kills, restarts, resets)
}

// gateways are two servers on one Redis.
type gateways struct {
	t       *testing.T
	redis   *testenv.Server
	rdb     *redis.Client
	addrs   []string
	running []*testenv.Process
}

func (g *gateways) start(i int) *testenv.Process {
	g.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		g.t.Fatal(err)
	}
	dir := g.t.TempDir()
	catalog := dir + "/catalog.yaml"
	if err := os.WriteFile(catalog, []byte("version: 1\n"), 0o600); err != nil {
		g.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(g.addrs[i])
	cmd := exec.CommandContext(context.WithoutCancel(g.t.Context()), binary)
	cmd.Env = slices.Concat([]string{
		envWorker + "=" + asGateway, "PORT=" + port, "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir,
		"APP_DISPATCHER_INPUT_STREAM=" + input, "APP_DISPATCHER_CONSUMER_GROUP=" + group, fmt.Sprint("APP_DISPATCHER_CONSUMER_NAME=gateway", i),
		"APP_DISPATCHER_OUTPUT_STREAM_PREFIX=" + output, "APP_DISPATCHER_REJECTED_STREAM=" + rejected, "APP_LOG_LEVEL=error",
		"APP_DISPATCHER_CATALOG=" + catalog, "APP_DISPATCHER_DATA=" + dir,
		"APP_GATEWAY_JWT_SECRET=" + tokenSecret, "APP_GATEWAY_JWT_ISSUER=chaos", "APP_GATEWAY_JWT_AUDIENCE=chaos",
		"APP_GATEWAY_ADDRESS_STREAMS=0", "APP_GATEWAY_ADDRESS_RATE=0", "APP_GATEWAY_TENANT_RATE=0",
	}, at(g.redis.Addr))
	return testenv.StartProcess(g.t, fmt.Sprint("gateway", i), cmd)
}

// harm kills a gateway again and again, and Redis now and then, each of which comes back.
func (g *gateways) harm(during time.Duration) (kills, restarts int) {
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	begun, redisAt := time.Now(), during/2
	for time.Since(begun) < during || restarts == 0 { // a gateway may take its time to come back
		time.Sleep(time.Duration(300+random.IntN(900)) * time.Millisecond)
		i := random.IntN(len(g.running))
		g.running[i].Kill()
		kills++
		if time.Since(begun) >= redisAt {
			g.redis.Kill()
			g.redis.Restart(g.t)
			restarts++
			redisAt += during / 5
		}
		g.running[i] = g.start(i)
		testenv.Eventually(g.t, patience, "the gateway is back", func() (bool, string) {
			res, err := http.Get("http://" + g.addrs[i] + "/health")
			if err != nil {
				return false, err.Error()
			}
			res.Body.Close()
			return true, ""
		})
	}
	return kills, restarts
}

func streamName(stream int) string {
	return fmt.Sprintf("web:%d:k%d", stream%liveTenants, stream/liveTenants)
}

// write appends numbered messages, one widget after the other, each once whatever Redis answers, and returns the last number. The last ones are a message of
// each widget.
func (g *gateways) write(stream int, stop <-chan struct{}, pause time.Duration) int {
	name := streamName(stream)
	n, last := 0, -1
	for {
		select {
		case <-stop:
			if last < 0 {
				last = n + liveWidgets
			}
		case <-time.After(pause):
		}
		if last >= 0 && n > last {
			return last
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(g.t.Context()), 5*time.Second)
		widget := fmt.Sprintf("P__W%d", n%liveWidgets)
		payload := fmt.Sprintf(`{"eventName":%q,"eventData":{"n":%d,"stream":%q},"request_id":"r"}`, widget, n, name)
		err := g.rdb.XAdd(ctx, &redis.XAddArgs{Stream: output + name, Values: []any{"payload", payload, "eventName", widget, "routing_key", name}}).Err()
		for err != nil { // it may be there or not
			time.Sleep(20 * time.Millisecond)
			var list []redis.XMessage
			if list, err = g.rdb.XRevRangeN(ctx, output+name, "+", "-", 1).Result(); err == nil && (len(list) == 0 || list[0].Values["payload"] != payload) {
				n--
			}
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				cancel()
				ctx, cancel = context.WithTimeout(context.WithoutCancel(g.t.Context()), 5*time.Second)
			}
		}
		cancel()
		n++
	}
}

// contains says whether a text is about a stream.
func contains(data, name string) bool { return strings.Contains(data, `"stream":"`+name+`"`) }
