package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// unknownEpoch is that of a server that does not say who it is: the demo's embedded one, which lives as long as its process.
const unknownEpoch = "0"

// errNotPrimary says that a server is, or became, a replica.
var errNotPrimary = errors.New("feed: the server is no primary")

// epochOf asks a server for the epoch of its marks: its run, and the history that it writes. Another process has another run; one that followed another
// primary meanwhile has another history.
func epochOf(ctx context.Context, rdb redis.Cmdable) (string, error) {
	info, err := rdb.Info(ctx).Result()
	if err != nil {
		return "", err
	}
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	if role := fields["role"]; role != "" && role != "master" {
		return "", errNotPrimary
	}
	if fields["run_id"] == "" {
		return unknownEpoch, nil
	}
	sum := sha256.Sum256([]byte(fields["run_id"] + fields["master_replid"]))
	return hex.EncodeToString(sum[:6]), nil
}

// unavailable is the error of a read that may work later.
func unavailable(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, ErrClosed) {
		return err
	}
	return fault.New(fault.Transient, "redis_unavailable", "Redis does not answer", err)
}

// moved says that a cluster's node does not have a stream any more, or is going to lose it.
func moved(err error) bool {
	return err != nil && (strings.HasPrefix(err.Error(), "MOVED ") || strings.HasPrefix(err.Error(), "ASK ") || strings.HasPrefix(err.Error(), "CLUSTERDOWN"))
}

func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
