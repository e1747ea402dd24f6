package feed

import "context"

// resumable says whether a subscriber that had an entry last can be told all that came since, and otherwise why not.
func (t *topic) resumable(ctx context.Context, id ID) (Reason, error) {
	if t.remembers(id) {
		t.hub.opts.Metrics.Cache(true)
		return "", nil
	}
	// One reads the last page for all who come back at the same time.
	if err := t.remember(ctx); err != nil {
		return "", err
	}
	if t.remembers(id) {
		t.hub.opts.Metrics.Cache(true)
		return "", nil
	}
	t.hub.opts.Metrics.Cache(false)
	n := t.nodeNow()
	if n == nil {
		return "", errAway
	}
	var why Reason
	err := t.hub.reading(ctx, func() error {
		if !id.IsZero() {
			list, err := n.client.XRangeN(ctx, t.key, id.String(), id.String(), 1).Result()
			if err != nil || len(list) > 0 {
				return err
			}
		}
		k, err := about(ctx, n.client, t.key)
		if err != nil {
			return err
		}
		why = k.reason(id)
		return nil
	})
	return why, err
}

// reason says why one cannot go on behind an id that is not that of an entry; empty where one can.
func (k *kept) reason(id ID) Reason {
	switch {
	case id.IsZero() && !k.removed, k.exists && id == k.last:
		return ""
	case k.exists && k.last.Before(id):
		return UnknownID // it was not sent yet
	case k.exists && !k.first.IsZero() && k.first.Before(id):
		return UnknownID
	case !k.exists && id.IsZero():
		return ""
	}
	return Trimmed
}

// remembers says whether an id is in the topic's window.
func (t *topic) remembers(id ID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.window.has(id)
}

// remember reads the page of messages before the topic's window, if nobody did.
func (t *topic) remember(ctx context.Context) error {
	return t.load(ctx, func() error {
		t.mu.RLock()
		n, epoch, era, from, looked := t.node, t.epoch, t.era, t.window.from, t.looked
		t.mu.RUnlock()
		if looked || n == nil || from.IsZero() {
			return nil
		}
		older, err := t.hub.latest(ctx, n, t.key, from.String(), epoch, page)
		if err != nil {
			return err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.era == era && t.window.from == from {
			t.extend(older, len(older) < page)
		}
		t.looked = true
		return nil
	})
}
