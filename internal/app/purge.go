package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/query"
)

// Purge is what is to be forgotten of what is kept of days: what is empty or zero means all.
type Purge struct {
	Dataset string `json:"dataset,omitempty"`
	Tenant  string `json:"tenant,omitempty"`
	// From and To are the times of the rows, To exclusive.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// mostParts bounds the purges of parts of datasets that are remembered: all consumers read them every second. Beyond it all of the dataset is purged, in their place.
const mostParts = 64

// whole says that nothing of the dataset is to be kept.
func (p *Purge) whole() bool { return p.Tenant == "" && p.From.IsZero() && p.To.IsZero() }

// meets says whether rows between two times are among those that are meant.
func (p *Purge) meets(dataset, tenant string, over query.Range) bool {
	return (p.Dataset == "" || p.Dataset == dataset) && (p.Tenant == "" || p.Tenant == tenant) &&
		(p.From.IsZero() || over.To.After(p.From)) && (p.To.IsZero() || over.From.Before(p.To))
}

// PurgeKept has all consumers of an input stream forget what they keep of days. They look for it every second; what they compute meanwhile is not used after it.
func PurgeKept(ctx context.Context, broker redis.Cmdable, input string, p Purge) error {
	key := commit.NamesOf(input).Purges
	if !p.whole() {
		parts, err := partsOf(ctx, broker, key, p.Dataset)
		if err != nil {
			return err
		}
		if len(parts) < mostParts {
			field, err := json.Marshal(p)
			if err != nil {
				return err
			}
			return broker.HSet(ctx, key, string(field), rand.Text()).Err()
		}
	}
	if err := broker.HSet(ctx, key, cmp.Or(p.Dataset, everything), rand.Text()).Err(); err != nil {
		return err
	}
	parts, err := partsOf(ctx, broker, key, p.Dataset)
	if err != nil || len(parts) == 0 {
		return err
	}
	return broker.HDel(ctx, key, parts...).Err() // all of it is purged
}

// partsOf are the fields of purges of parts of a dataset, of all where it is "".
func partsOf(ctx context.Context, broker redis.Cmdable, key, dataset string) ([]string, error) {
	texts, err := broker.HGetAll(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	var fields []string
	_, parts := readPurges(texts)
	for _, one := range parts {
		if dataset == "" || one.Dataset == dataset {
			fields = append(fields, one.field)
		}
	}
	return fields, nil
}

// purged is a purge of a part of a dataset, with its text and the field that it has in the hash.
type purged struct {
	Purge
	field, text string
}

// readPurges tells the fields of the hash that are datasets from those that are parts of some, these in an order of their own.
func readPurges(texts map[string]string) (whole map[string]string, parts []purged) {
	whole = make(map[string]string)
	for field, text := range texts {
		one := purged{field: field, text: text}
		switch {
		case !strings.HasPrefix(field, "{"):
			whole[field] = text
		case json.Unmarshal([]byte(field), &one.Purge) == nil:
			parts = append(parts, one)
		}
	}
	slices.SortFunc(parts, func(a, b purged) int { return cmp.Compare(a.field, b.field) })
	return whole, parts
}
