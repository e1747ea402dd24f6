package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// A request of 20,000 fields that is put back has all of them at its next attempt.
func TestManyFieldsArePutBack(t *testing.T) {
	t.Parallel()
	const most = 20_000
	everywhere(t, func(t *testing.T, s *site) {
		t.Helper()
		var tries, lacks atomic.Int64
		s.h.handle = func(_ context.Context, e *consumer.Entry, _ consumer.Emitter) consumer.Outcome {
			has := make(map[string]string, len(e.Fields)/2)
			for i := 0; i+1 < len(e.Fields); i += 2 {
				has[e.Fields[i]] = e.Fields[i+1]
			}
			for i := range most {
				if has[fmt.Sprint("f", i)] != fmt.Sprintf("\xff%d", i) {
					lacks.Add(1)
				}
			}
			if tries.Add(1) < 3 {
				return consumer.Outcome{Err: fault.New(fault.Transient, "store_down", "", errors.New("refused"))}
			}
			return s.h.answer(e, "done")
		}
		var fields []string
		for i := range most {
			fields = append(fields, fmt.Sprint("f", i), fmt.Sprintf("\xff%d", i))
		}
		id, err := s.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: s.stream, Values: append(fields, "payload", "p")}).Result()
		if err != nil {
			t.Fatal(err)
		}
		s.start(s.options("a"))
		s.until("an answer is there", func() bool { return s.len(s.h.out) > 0 })
		s.settled()
		out := s.rdb.XRange(t.Context(), s.h.out, "-", "+").Val()
		if len(out) != 1 || out[0].Values["first"] != id || tries.Load() != 3 || lacks.Load() != 0 {
			t.Errorf("%d attempts that lacked %d fields wrote %v", tries.Load(), lacks.Load(), out)
		}
	})
}
