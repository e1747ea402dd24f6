package testenv

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Left says what streams hold and what is put off for them, in one look: entries go to and fro between the two, and who looks twice may miss them both times.
func Left(ctx context.Context, rdb redis.Cmdable, streams ...string) (left []string, err error) {
	var keys []string
	var counts []*redis.IntCmd
	_, err = rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, stream := range streams {
			keys = append(keys, stream, stream+":delayed")
			counts = append(counts, pipe.XLen(ctx, stream), pipe.ZCard(ctx, stream+":delayed"))
		}
		return nil
	})
	for i, n := range counts {
		if err == nil && n.Val() > 0 {
			left = append(left, fmt.Sprintf("%s: %d", keys[i], n.Val()))
		}
	}
	return left, err
}
