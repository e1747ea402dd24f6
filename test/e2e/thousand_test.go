package e2e

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// users is how many open one page at the same second.
const users = 1000

const thousandCatalog = `version: 1
sources: {documents: {kind: mongodb, database: %s, url_env: THOUSAND_MONGODB}}
datasets:
  posts:
    source: documents
    table: posts
    time: {field: at, storage: timestamptz}
    tenant: {parameter: company_id, field: company}
    share: {fresh_for: 5m}
    dimensions: {channel: {}, author: {}, at: {type: time}, hour: {field: at, part: hour}, replies: {type: int}, score: {type: float}}
    measures: {posts: {agg: count}, authors: {agg: count_distinct, field: author}, replies: {agg: sum, field: replies}, score: {agg: avg, field: score}, slowest: {agg: percentile, field: replies, fraction: 0.9}}
pages:
  Thousand:
    dataset: posts
    compare: prior_period
    widgets:
      total: {kind: stat, measures: [posts, authors]}
      mean: {kind: stat, measures: [score]}
      days: {kind: timeseries, measures: [posts, replies], grain: day}
      hours: {kind: breakdown, dimension: hour, measures: [posts], top: 24}
      channels: {kind: breakdown, dimension: channel, measures: [posts, score]}
      authors: {kind: breakdown, dimension: author, measures: [posts], top: 5, others: true}
      slow: {kind: stat, measures: [slowest]}
      newest: {kind: feed, dimensions: [at, author, channel, replies], page_size: 10}
`

// TestAThousandUsersOpenOnePage: a thousand equal requests in one second, served by four consumers over a document store. The store is asked each question once, by the pipelines that it sees; each
// user has the whole page, and the same numbers; another tenant's page is computed for itself.
func TestAThousandUsersOpenOnePage(t *testing.T) {
	t.Parallel()
	place := fmt.Sprintf("dispatcher_thousand_%d", time.Now().UnixNano())
	store := testenv.MongoDB(t)
	fillPosts(t, store, place)
	seen := watchPipelines(t, store)
	catalog := filepath.Join(t.TempDir(), "catalog.yaml")
	write(t, catalog, fmt.Sprintf(thousandCatalog, place))
	s := newSiteOn(t, testenv.StartRedis(t).Addr, "APP_DISPATCHER_CATALOG="+catalog, "APP_DISPATCHER_DATA="+t.TempDir(), "THOUSAND_MONGODB=mongodb://"+seen.address+"/")
	var consumers []*process
	for i := range 4 {
		consumers = append(consumers, s.start("consumer", fmt.Sprintf("c%d", i)))
	}
	request := func(key string, company int) string {
		return fmt.Sprintf(`{"eventName":"custom_projects","eventData":{"page_name":"Thousand","routing_key":%q,"company_id":%d,"start_date":"2002-05-01","end_date":"2002-05-30"}}`, key, company)
	}
	complete := func(keys []string) {
		s.eventually(time.Minute, "whole pages", func() (bool, string) {
			pipe := s.rdb.Pipeline()
			for _, key := range keys {
				pipe.XLen(t.Context(), s.output(key))
			}
			cmds, err := pipe.Exec(t.Context())
			if err != nil {
				return false, err.Error()
			}
			whole := 0
			for _, cmd := range cmds {
				if cmd.(*redis.IntCmd).Val() == 9 {
					whole++
				}
			}
			return whole == len(keys), fmt.Sprintf("%d of %d", whole, len(keys))
		})
	}
	s.send(request("other", 8)) // the four are ready, and the page's number of queries is known
	complete([]string{"other"})
	queries := len(seen.counts())

	sent := make(map[string]*redis.StringCmd)
	var keys []string
	pipe := s.rdb.Pipeline()
	for i := range users {
		key := fmt.Sprintf("u%d", i)
		keys = append(keys, key)
		sent[key] = pipe.XAdd(t.Context(), &redis.XAddArgs{Stream: s.input(), Values: []string{"payload", request(key, 7)}})
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	complete(keys)

	counts := seen.counts()
	for pipeline, n := range counts {
		if n != 1 {
			t.Errorf("asked %d times: %s", n, pipeline)
		}
	}
	if len(counts) != 2*queries {
		t.Errorf("%d queries for one page, %d for two tenants'", queries, len(counts))
	}
	s.judgeThousand(keys, sent, queries)
	var cpu time.Duration
	for _, p := range consumers {
		p.kill()
		cpu += p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	}
	t.Logf("the consumers took %v of processor time", cpu.Round(time.Millisecond))
}

// judgeThousand holds what a thousand users were answered against what the first of them was, and prints how long they waited.
func (s *site) judgeThousand(keys []string, sent map[string]*redis.StringCmd, queries int) {
	s.t.Helper()
	var first, last []time.Duration
	want, reuse := make(map[string]string), make(map[string]int)
	for _, key := range keys {
		entries, err := s.rdb.XRange(s.t.Context(), s.output(key), "-", "+").Result()
		if err != nil {
			s.t.Fatal(err)
		}
		asked := moment(s.t, sent[key].Val())
		first, last = append(first, moment(s.t, entries[0].ID).Sub(asked)), append(last, moment(s.t, entries[len(entries)-1].ID).Sub(asked))
		for _, m := range s.messages(key) {
			if strings.HasSuffix(m.event, "__Complete") {
				continue
			}
			values, err := json.Marshal(m.data["data"])
			if err != nil || m.data["status"] != "ok" {
				s.t.Errorf("%s %s: %s", key, m.event, m.raw)
			}
			if want[m.event] == "" {
				want[m.event] = string(values)
			}
			if string(values) != want[m.event] {
				s.t.Errorf("%s %s has other numbers: %s, not %s", key, m.event, values, want[m.event])
			}
			stats, _ := m.data["stats"].(map[string]any)
			sources, _ := stats["sources"].([]any)
			for _, src := range sources {
				cache, _ := src.(map[string]any)["cache"].(string)
				reuse[cache]++
			}
		}
	}
	slices.Sort(first)
	slices.Sort(last)
	at := func(of []time.Duration, share float64) time.Duration { return of[int(share*float64(len(of)-1))] }
	s.t.Logf("%d users, 4 consumers, %d queries at the store; first widget p50 %v, p99 %v; whole page p50 %v, p99 %v, slowest %v; answers by where they are from: %v",
		len(keys), queries, at(first, 0.5), at(first, 0.99), at(last, 0.5), at(last, 0.99), last[len(last)-1], reuse)
}

// moment is when an entry was added, by the server's clock.
func moment(t *testing.T, id string) time.Time {
	t.Helper()
	ms, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.UnixMilli(n)
}

// fillPosts puts posts of two companies into a collection of a database of the test's own.
func fillPosts(t *testing.T, store, place string) {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(store))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database(place)
	t.Cleanup(func() {
		after := context.WithoutCancel(t.Context())
		if err := errors.Join(db.Drop(after), client.Disconnect(after)); err != nil {
			t.Error(err)
		}
	})
	var docs []any
	for i := range 4000 {
		docs = append(docs, bson.D{
			{Key: "company", Value: []string{"7", "8"}[i%2]}, {Key: "at", Value: time.Date(2002, 4, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 23 * time.Minute)},
			{Key: "channel", Value: fmt.Sprintf("c%d", i*i%7)}, {Key: "author", Value: fmt.Sprintf("a%d", i*i%83)}, {Key: "replies", Value: i * 31 % 97}, {Key: "score", Value: float64(i%13) / 13},
		})
	}
	if _, err := db.Collection("posts").InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

// pipelines stands before a document store, and counts the aggregations that it is asked for, by what they ask.
type pipelines struct {
	address string
	mu      sync.Mutex
	asked   map[string]int
}

func (p *pipelines) counts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.asked)
}

func watchPipelines(t *testing.T, store string) *pipelines {
	t.Helper()
	u, err := url.Parse(store)
	if err != nil {
		t.Fatal(err)
	}
	p := &pipelines{asked: make(map[string]int)}
	p.address = listening(t, func(from net.Conn) {
		to, err := net.Dial("tcp", u.Host) //nolint:noctx // ends with the consumer's connection
		if err != nil {
			return
		}
		var back sync.WaitGroup
		back.Go(func() { _, _ = io.Copy(from, to); _ = from.Close() })
		p.forward(from, to)
		back.Wait()
	})
	return p
}

// forward copies a connection's messages to the store, and looks at each.
func (p *pipelines) forward(from, to net.Conn) {
	defer func() { _ = to.Close() }()
	for {
		var head [16]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[:])-16)
		if _, err := io.ReadFull(from, body); err != nil {
			return
		}
		const opMessage = 2013
		if binary.LittleEndian.Uint32(head[12:]) == opMessage && len(body) > 5 {
			p.look(bson.Raw(body[5:]))
		}
		if _, err := to.Write(append(head[:], body...)); err != nil {
			return
		}
	}
}

func (p *pipelines) look(command bson.Raw) {
	if command.Lookup("aggregate").Type == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[command.Lookup("pipeline").String()]++
}
