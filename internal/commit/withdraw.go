package commit

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// A request is withdrawn by its producer, or by a later request that takes its place. Whether it is, the server decides, in the order of its steps: what is
// committed before stays, and nothing is committed afterwards but the end of the withdrawn request, whoever serves it.

// MostWithdrawn is how many withdrawn requests are remembered; the oldest are forgotten first.
const MostWithdrawn = 100_000

// Withdraw withdraws a request, whether it has come yet, runs, or has ended. What it was first withdrawn as stays.
type Withdraw struct {
	// Stream is the input stream.
	Stream  string
	Request string
	As      Status // Canceled or Superseded
	// For is how long that is remembered: a request that could still be served must not outlive it.
	For time.Duration
}

func (Withdraw) op() {}

// Withdrawn says that the request was withdrawn: nothing is written.
func (s Status) Withdrawn() bool { return s == Canceled || s == Superseded }

//go:embed shared.lua
var sharedText string

//go:embed newest.lua
var newestText string

//nolint:gochecknoglobals // a compiled script is a constant
var newestScript = redis.NewScript(sharedText + newestText)

// Newest has a later request take the place of an earlier one of the same key.
type Newest struct {
	Redis redis.UniversalClient
	// Stream is the input stream.
	Stream string
	// Window is how long done marks last, For how long who is the newest is remembered.
	Window, For time.Duration
}

// Key is that of a request: of two requests with the same, the later one is wanted.
func (n *Newest) Key(tenant, product, page, routingKey string) string {
	return strings.Join([]string{url.PathEscape(tenant), url.PathEscape(product), url.PathEscape(page), routingKey}, "/")
}

// Claim makes a request that first came as an entry the newest of its key. It returns as what the request is withdrawn, which one that a later one has taken the
// place of is, and empty where it is to be served. The order is that of the stream, whoever comes first to be served.
func (n *Newest) Claim(ctx context.Context, key, first, request string) (Status, error) {
	names := NamesOf(n.Stream)
	keys := []string{names.newestPrefix + key, names.Marks, names.Withdrawn, names.Absent}
	text, err := newestScript.Run(ctx, n.Redis, keys, first, request, seconds(n.For), MostWithdrawn, names.DonePrefix, seconds(n.Window)).Text()
	if err != nil {
		return "", fmt.Errorf("commit: look for a newer request: %w", err)
	}
	return Status(text), nil
}

// seconds of a time to live, of which there is at least one.
func seconds(d time.Duration) int64 { return max(1, int64(d/time.Second)) }
