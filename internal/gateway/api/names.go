package api

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// names are the keys that the API reads and writes.
type names struct {
	input commit.Names
	out   string
}

// record is the hash of a request. It shares the input stream's slot on a cluster, as that stream's other keys do, so that both are written in one step.
func (n names) record(id string) string { return n.input.Stream + ":web:" + id }

// recent is the stream of requests in the order in which they came.
func (n names) recent() string { return n.input.Stream + ":web:recent" }

// output is the stream of a routing key.
func (n names) output(routingKey string) string { return n.out + routingKey }

// posted is the mark of a live post that has come; it shares the slot of the stream that the post goes to.
func (n names) posted(rdb redis.UniversalClient, stream, id string) string {
	name := n.input.Stream + ":web:post:" + id
	if _, cluster := rdb.(*redis.ClusterClient); cluster {
		return commit.Beside(stream, name)
	}
	return name
}

// timeOf is when an entry was added, as the server's clock had it; zero where the id is none.
func timeOf(entry string) time.Time {
	text, _, _ := strings.Cut(entry, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
