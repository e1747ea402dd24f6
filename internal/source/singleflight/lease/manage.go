package lease

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Held is what is kept of a dataset's answers.
type Held struct {
	Dataset string `json:"dataset"`
	// Tenants is of how many tenants there are answers; rows that are nobody's count as one.
	Tenants int   `json:"tenants"`
	Answers int   `json:"answers"`
	Bytes   int64 `json:"bytes"`
	// Longest is for how many ms the one holds that ends last.
	Longest int64 `json:"longest_ms"`
}

// Stats returns what is kept, by dataset in the order of their names.
func (a *Answers) Stats(ctx context.Context) ([]Held, error) {
	now, err := a.client.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("look at shared answers: %w", err)
	}
	pipe := a.client.Pipeline()
	ends := pipe.ZRangeByScoreWithScores(ctx, a.index(), &redis.ZRangeBy{Min: "(" + strconv.FormatInt(now.UnixMilli(), 10), Max: "+inf"})
	sizes := pipe.HGetAll(ctx, a.sizes())
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("look at shared answers: %w", err)
	}
	of := make(map[string]*Held)
	tenants := make(map[string]bool)
	for _, e := range ends.Val() {
		name, _ := e.Member.(string)
		dataset, rest, _ := strings.Cut(name, ":")
		tenant, _, _ := strings.Cut(rest, ":")
		h := of[dataset]
		if h == nil {
			h = &Held{Dataset: dataset}
			of[dataset] = h
		}
		if owner := dataset + ":" + tenant; !tenants[owner] {
			tenants[owner] = true
			h.Tenants++
		}
		size, _ := strconv.ParseInt(sizes.Val()[name], 10, 64)
		h.Answers++
		h.Bytes += size
		h.Longest = max(h.Longest, int64(e.Score)-now.UnixMilli())
	}
	out := make([]Held, 0, len(of))
	for _, h := range slices.SortedFunc(maps.Values(of), func(a, b *Held) int { return cmp.Compare(a.Dataset, b.Dataset) }) {
		out = append(out, *h)
	}
	return out, nil
}

// Which says which answers are meant; what is empty means all.
type Which struct {
	Dataset, Tenant string
}

func (w Which) means(name string) bool {
	if w.Dataset != "" && !strings.HasPrefix(name, w.Dataset+":") {
		return false
	}
	dataset, _, _ := strings.Cut(name, ":")
	return w.Tenant == "" || strings.HasPrefix(name, nameOf(dataset, w.Tenant))
}

// Find returns the names of answers that are kept.
func (a *Answers) Find(ctx context.Context, w Which) ([]string, error) {
	names, err := a.client.ZRange(ctx, a.index(), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("look for shared answers: %w", err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return !w.means(name) }), nil
}

// atOnce bounds what one step on the server forgets.
const atOnce = 500

// Forget takes answers out, by their names, and returns how many of them there were. What is being computed is not ended by it, and is kept as ever.
func (a *Answers) Forget(ctx context.Context, names []string) (n int, err error) {
	for some := range slices.Chunk(names, atOnce) {
		keys, args := []string{a.index(), a.sizes()}, make([]any, len(some))
		for i, name := range some {
			keys, args[i] = append(keys, a.key(name)), name
		}
		gone, err := forget.Run(ctx, a.client, keys, args...).Int()
		if err != nil {
			return n, fmt.Errorf("forget shared answers: %w", err)
		}
		n += gone
	}
	return n, nil
}
