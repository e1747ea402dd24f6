package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/source/days"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

const (
	// boardEvery is how often a consumer says what it keeps, boardPatience how long that may take. What is older than boardHolds is nobody's any more; all of it goes after boardStays.
	boardEvery, boardPatience = 5 * time.Second, 5 * time.Second
	boardHolds, boardStays    = time.Minute, 24 * time.Hour
)

// said is what a consumer says.
type said struct {
	At       time.Time              `json:"at"`
	Datasets map[string]KeptDataset `json:"datasets"`
	Places   map[string]KeptPlace   `json:"places"`
}

// keptBoard says in Redis, every few seconds, what this consumer keeps.
type keptBoard struct {
	broker        redis.Cmdable
	key, consumer string
	folder        string // the machine and the folder
	usage         func() map[string]days.Usage
	places        func() []telemetry.Kept
	log           *slog.Logger
	stop          func()
	mu            sync.Mutex
	counts        map[string]KeptDataset
	failed        bool
}

func newKeptBoard(broker redis.Cmdable, c *config.Config, usage func() map[string]days.Usage, places func() []telemetry.Kept, log *slog.Logger) *keptBoard {
	host, _ := os.Hostname() // a folder without one is told from others of its name by nothing
	b := &keptBoard{
		broker: broker, key: commit.NamesOf(c.Stream.Input).Kept, consumer: c.Stream.Consumer, folder: host + ":" + c.Dispatcher.KeepDir,
		usage: usage, places: places, log: log, counts: make(map[string]KeptDataset),
	}
	b.stop = often(boardEvery, b.say)
	return b
}

// observe counts an answer over days that are over.
func (b *keptBoard) observe(dataset string, kept, computed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.counts[dataset]
	switch {
	case kept > 0 && computed == 0:
		d.Hits++
	case kept > 0:
		d.Merged++
	case computed > 0:
		d.Misses++
	}
	d.Days += int64(kept)
	d.Computed += int64(computed)
	b.counts[dataset] = d
}

// says is what there is to say.
func (b *keptBoard) says() *said {
	out := &said{At: time.Now().UTC(), Places: make(map[string]KeptPlace)}
	b.mu.Lock()
	out.Datasets = maps.Clone(b.counts)
	b.mu.Unlock()
	for dataset, u := range b.usage() {
		d := out.Datasets[dataset]
		d.Entries, d.Bytes, d.Evicted = u.Entries, u.Bytes, u.Evicted
		out.Datasets[dataset] = d
	}
	for _, p := range b.places() {
		out.Places[p.Place] = KeptPlace{
			Place: map[string]string{"memory": b.consumer, "disk": b.folder}[p.Place], Entries: p.Entries, Bytes: p.Bytes, Budget: p.Budget,
			Hits: p.Hits, Misses: p.Misses, Evicted: p.Evicted, Corrupt: p.Corrupt,
		}
	}
	return out
}

// say writes it. What fails is said the next time; the log hears of it once.
func (b *keptBoard) say(ctx context.Context) {
	text, err := json.Marshal(b.says())
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, boardPatience)
		defer cancel()
		pipe := b.broker.Pipeline()
		pipe.HSet(ctx, b.key, b.consumer, text)
		pipe.PExpire(ctx, b.key, boardStays)
		_, err = pipe.Exec(ctx)
	}
	if err != nil && !b.failed && ctx.Err() == nil {
		b.failed = true
		b.log.LogAttrs(ctx, slog.LevelWarn, "what is kept of days is not said", slog.Any("error", err))
	}
}

// Close ends it, and takes back what was said.
func (b *keptBoard) Close() error {
	b.stop()
	ctx, cancel := context.WithTimeout(context.Background(), boardPatience)
	defer cancel()
	_ = b.broker.HDel(ctx, b.key, b.consumer).Err() // else it is too old in a minute
	return nil
}
