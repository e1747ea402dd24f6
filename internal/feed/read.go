package feed

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// page is how many entries one read of older messages asks for.
	page = 100
	// complainEvery is the least number of seconds between two log lines about failed reads.
	complainEvery = 10
)

// entry is one that was read; message is nil where it holds none.
type entry struct {
	id      ID
	message *Message
}

func decodeAll(epoch string, list []redis.XMessage) []entry {
	out := make([]entry, 0, len(list))
	for i := range list {
		id, ok := ParseID(list[i].ID)
		if !ok {
			continue // not a server's
		}
		m, _ := decode(epoch, &list[i])
		out = append(out, entry{id, m})
	}
	return out
}

func messages(entries []entry) []*Message {
	out := make([]*Message, 0, len(entries))
	for _, e := range entries {
		if e.message != nil {
			out = append(out, e.message)
		}
	}
	return out
}

// reading runs one read of older messages, of which a few are under way at a time.
func (h *Hub) reading(ctx context.Context, f func() error) error {
	select {
	case h.reads <- struct{}{}:
		defer func() { <-h.reads }()
	case <-ctx.Done():
		return ctx.Err()
	}
	h.opts.Metrics.Read()
	if err := f(); err != nil {
		h.complain(ctx, err)
		return unavailable(err)
	}
	return nil
}

// complain logs that older messages cannot be read, now and then.
func (h *Hub) complain(ctx context.Context, err error) {
	now, last := time.Now().Unix(), h.complained.Load()
	if ctx.Err() == nil && now-last >= complainEvery && h.complained.CompareAndSwap(last, now) {
		h.opts.Log.LogAttrs(ctx, slog.LevelWarn, "older messages cannot be read", slog.Any("error", err))
	}
}

// latest reads entries backwards from one on, the latest first. from may be "+".
func (h *Hub) latest(ctx context.Context, n *node, key, from, epoch string, count int) (out []entry, err error) {
	err = h.reading(ctx, func() error {
		list, err := n.client.XRevRangeN(ctx, key, from, "-", int64(count)).Result()
		out = decodeAll(epoch, list)
		return err
	})
	return out, err
}

// between reads entries from one on to another, both of them included.
func (h *Hub) between(ctx context.Context, n *node, key string, from, to ID, epoch string, count int) (out []entry, err error) {
	err = h.reading(ctx, func() error {
		list, err := n.client.XRangeN(ctx, key, from.String(), to.String(), int64(count)).Result()
		out = decodeAll(epoch, list)
		return err
	})
	return out, err
}

// kept is what a server says of a stream.
type kept struct {
	exists bool
	last   ID // id of the last entry that it ever had
	first  ID // id of the oldest entry that it keeps; zero without one
	// removed says that some entry was taken away; where the server does not tell, it is taken for not.
	removed, tells bool
}

// gapBehind says whether something that came after an id may be gone.
func (k *kept) gapBehind(id ID) bool {
	switch {
	case !k.exists:
		return !id.IsZero()
	case k.tells && !k.removed || !k.tells && id.IsZero() || id == k.last:
		return false
	}
	return k.first.IsZero() || id.Before(k.first)
}

// about asks a server about a stream, in a way that the servers of several products answer.
func about(ctx context.Context, rdb redis.Cmdable, key string) (*kept, error) {
	var info *redis.Cmd
	var first, last *redis.XMessageSliceCmd
	_, _ = rdb.Pipelined(ctx, func(p redis.Pipeliner) error { // each reply has its own error
		info = p.Do(ctx, "XINFO", "STREAM", key)
		first = p.XRangeN(ctx, key, "-", "+", 1)
		last = p.XRevRangeN(ctx, key, "+", "-", 1)
		return nil
	})
	k := &kept{}
	fields, err := info.Slice()
	if err != nil && !strings.HasPrefix(err.Error(), "ERR no such key") {
		return nil, err
	}
	if err := errors.Join(first.Err(), last.Err()); err != nil {
		return nil, err
	}
	if err != nil {
		return k, nil
	}
	k.exists = true
	if list := first.Val(); len(list) > 0 {
		k.first, _ = ParseID(list[0].ID)
	}
	if list := last.Val(); len(list) > 0 {
		k.last, _ = ParseID(list[0].ID)
	}
	var length, added int64 = 0, -1
	for i := 0; i+1 < len(fields); i += 2 {
		switch name, _ := fields[i].(string); name {
		case "length":
			length, _ = fields[i+1].(int64)
		case "entries-added":
			added, _ = fields[i+1].(int64)
		case "last-generated-id":
			text, _ := fields[i+1].(string)
			if id, ok := ParseID(text); ok {
				k.last = id
			}
		}
	}
	k.tells = added >= 0
	k.removed = k.tells && added != length
	return k, nil
}

// gapless says whether nothing that came after an id is gone. It is asked after what was read behind that id: a stream loses its oldest entries first,
// so that where the entry is still there, so was all behind it.
func gapless(ctx context.Context, rdb redis.Cmdable, key string, id ID) (bool, error) {
	if !id.IsZero() {
		list, err := rdb.XRangeN(ctx, key, id.String(), id.String(), 1).Result()
		if err != nil || len(list) > 0 {
			return len(list) > 0, err
		}
	}
	k, err := about(ctx, rdb, key)
	if err != nil {
		return false, err
	}
	return !k.gapBehind(id), nil
}
