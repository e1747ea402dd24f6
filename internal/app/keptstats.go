package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
)

// KeptPlace is what a consumer's memory holds of days that are over, or a folder that consumers share.
type KeptPlace struct {
	// Place names it: the consumer, or the machine and the folder.
	Place   string `json:"place"`
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Budget  int64  `json:"budget_bytes"`
	// Hits and Misses are looks for an entry, Evicted those that made room for others, Corrupt those that were not whole.
	Hits    int64 `json:"hits"`
	Misses  int64 `json:"misses"`
	Evicted int64 `json:"evicted"`
	Corrupt int64 `json:"corrupt,omitempty"`
}

// KeptDataset is what memories hold of a dataset, and what it was good for since their consumers started.
type KeptDataset struct {
	Entries int   `json:"entries"`
	Bytes   int64 `json:"bytes"`
	Evicted int64 `json:"evicted"`
	// Hits are answers over days that are over of which all were kept, Merged those of which some were, Misses those of which none was.
	Hits   int64 `json:"hits"`
	Merged int64 `json:"merged"`
	Misses int64 `json:"misses"`
	// Days is how many days of their ranges were kept, Computed how many were not.
	Days     int64 `json:"days_kept"`
	Computed int64 `json:"days_computed"`
}

// KeptStats is what all consumers of an input stream keep.
type KeptStats struct {
	Datasets map[string]KeptDataset `json:"datasets"`
	Memory   []KeptPlace            `json:"memory"`
	Disk     []KeptPlace            `json:"disk"`
}

// KeptDays adds up what the consumers of an input stream last said that they keep. A folder that several of them share counts once, as it was last said; its hits and misses are of all of them.
func KeptDays(ctx context.Context, broker redis.Cmdable, input string, now time.Time) (*KeptStats, error) {
	texts, err := broker.HGetAll(ctx, commit.NamesOf(input).Kept).Result()
	if err != nil {
		return nil, fmt.Errorf("look for what is kept of days: %w", err)
	}
	out := &KeptStats{Datasets: make(map[string]KeptDataset)}
	folders := make(map[string]KeptPlace)
	latest := make(map[string]time.Time)
	for _, text := range texts {
		var s said
		if json.Unmarshal([]byte(text), &s) != nil || now.Sub(s.At) > boardHolds {
			continue
		}
		for dataset, d := range s.Datasets {
			out.Datasets[dataset] = out.Datasets[dataset].plus(d)
		}
		if p, ok := s.Places["memory"]; ok {
			out.Memory = append(out.Memory, p)
		}
		if p, ok := s.Places["disk"]; ok {
			folders[p.Place] = folders[p.Place].with(p, s.At.After(latest[p.Place]))
			if s.At.After(latest[p.Place]) {
				latest[p.Place] = s.At
			}
		}
	}
	out.Disk = slices.Collect(maps.Values(folders))
	for _, places := range [][]KeptPlace{out.Memory, out.Disk} {
		slices.SortFunc(places, func(a, b KeptPlace) int { return cmp.Compare(a.Place, b.Place) })
	}
	return out, nil
}

func (d KeptDataset) plus(o KeptDataset) KeptDataset {
	return KeptDataset{
		Entries: d.Entries + o.Entries, Bytes: d.Bytes + o.Bytes, Evicted: d.Evicted + o.Evicted,
		Hits: d.Hits + o.Hits, Merged: d.Merged + o.Merged, Misses: d.Misses + o.Misses, Days: d.Days + o.Days, Computed: d.Computed + o.Computed,
	}
}

// with is a folder as another consumer sees it, too; later says that it has looked at it later.
func (p KeptPlace) with(o KeptPlace, later bool) KeptPlace {
	seen := p
	if later {
		seen = o
	}
	seen.Hits, seen.Misses, seen.Evicted, seen.Corrupt = p.Hits+o.Hits, p.Misses+o.Misses, p.Evicted+o.Evicted, p.Corrupt+o.Corrupt
	return seen
}
