package app

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

const (
	// purgeEvery is how often purges are looked for, purgePatience how long for an answer.
	purgeEvery, purgePatience = time.Second, 5 * time.Second
	// everything stands for all datasets.
	everything = "*"
)

// purges follows what is purged: a text for each dataset, in a hash on Redis, which is another one after each purge. It is part of the names of what is kept, so that nothing of before is found again,
// whoever writes it when; the bytes are freed as well.
type purges struct {
	broker redis.Cmdable
	key    string
	purge  func(ctx context.Context, dataset string) (int, error)
	log    *slog.Logger
	stop   func()

	mu    sync.Mutex
	texts map[string]string // of whole datasets
	parts []purged
}

// followPurges looks for purges until Close.
func followPurges(broker redis.Cmdable, input string, purge func(context.Context, string) (int, error), log *slog.Logger) *purges {
	p := &purges{broker: broker, key: commit.NamesOf(input).Purges, purge: purge, log: log}
	p.look(context.Background()) // nothing is looked up before it
	p.stop = often(purgeEvery, p.look)
	return p
}

// look reads the hash. Where it can't be read, or is gone, what was known of it holds on.
func (p *purges) look(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, purgePatience)
	defer cancel()
	texts, err := p.broker.HGetAll(asking, p.key).Result()
	if err != nil {
		return // the next look may succeed; requests can't be read either
	}
	whole, parts := readPurges(texts)
	p.mu.Lock()
	before := p.texts
	p.texts = maps.Clone(before)
	if p.texts == nil {
		p.texts = make(map[string]string)
	}
	maps.Copy(p.texts, whole)
	if len(texts) > 0 {
		p.parts = parts
	}
	p.mu.Unlock()
	if before == nil {
		return // the first look
	}
	for dataset, text := range whole {
		if before[dataset] == text {
			continue
		}
		name := dataset
		if dataset == everything {
			name = ""
		}
		n, err := p.purge(ctx, name)
		p.log.LogAttrs(ctx, slog.LevelInfo, "kept days are purged", slog.String("dataset", dataset), slog.Int("entries", n), slog.Any("error", err))
	}
}

// of is the text of a dataset.
func (p *purges) of(dataset string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.texts[everything] + " " + p.texts[dataset]
}

// days is the text of what was purged of a tenant's rows of a dataset between two times; empty where nothing was.
func (p *purges) days(dataset, tenant string, over query.Range) (text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.parts {
		if one.meets(dataset, tenant, over) {
			text += " " + one.text
		}
	}
	return text
}

// Close ends it.
func (p *purges) Close() error {
	p.stop()
	return nil
}
