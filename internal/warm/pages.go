package warm

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// Pages returns at most so many pages as they would be asked for now: first what each tenant asks for most, then what each asks for second, those of the tenants that ask most before others. A named tenant's are returned
// alone. What ranges up to today have made the same is one.
func Pages(ctx context.Context, broker redis.Cmdable, names commit.Names, tenant string, most int, now time.Time) ([]*Page, error) {
	tenants := []string{tenant}
	if tenant == "" {
		var err error
		if tenants, err = broker.ZRangeArgs(ctx, redis.ZRangeArgs{Key: names.Asked, Start: 0, Stop: -1, Rev: true}).Result(); err != nil {
			return nil, fmt.Errorf("warm: look for tenants: %w", err)
		}
	}
	of := make([][]*Page, len(tenants))
	left := 0
	for i, name := range tenants {
		var err error
		if of[i], err = pagesOf(ctx, broker, names, name, now); err != nil {
			return nil, err
		}
		left += len(of[i])
	}
	out := make([]*Page, 0, min(most, left))
	for n := 0; left > 0; n++ {
		for _, pages := range of {
			if n >= len(pages) {
				continue
			}
			if len(out) == most {
				return out, nil
			}
			out, left = append(out, pages[n]), left-1
		}
	}
	return out, nil
}

// pagesOf returns what a tenant asks for, the commonest first.
func pagesOf(ctx context.Context, broker redis.Cmdable, names commit.Names, tenant string, now time.Time) (out []*Page, err error) {
	found, err := broker.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{Key: names.AskedPages + tenant, Start: 0, Stop: -1, Rev: true}).Result()
	if err != nil {
		return nil, fmt.Errorf("warm: look for pages: %w", err)
	}
	same := make(map[string]*Page)
	for _, z := range found {
		text, _ := z.Member.(string)
		p, err := read(tenant, text, z.Score/weight(now), now)
		if err != nil {
			continue // another release wrote it
		}
		key, err := p.Payload("", "", now, 0)
		if err != nil {
			continue
		}
		if before := same[string(key)]; before != nil {
			before.Asked += p.Asked
			continue
		}
		same[string(key)] = p
		out = append(out, p)
	}
	return out, nil
}
