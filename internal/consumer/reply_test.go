package consumer

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestReply: what the server sends is read byte for byte, whatever its size, and as often as it comes.
func TestReply(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), MaxRetries: -1, Protocol: 2})
	defer rdb.Close()
	stream := fmt.Sprintf("t:%s:%d", t.Name(), time.Now().UnixNano())
	read := []any{"XREADGROUP", "GROUP", "g", "me", "COUNT", 50, "BLOCK", 1, "STREAMS", stream, ">"}
	var r reply
	if err := rdb.Process(t.Context(), redis.NewRawWriteToCmd(t.Context(), &r, read...)); err != nil || !r.refused {
		t.Fatalf("without a group: %v, refused %v", err, r.refused)
	}
	if err := rdb.XGroupCreateMkStream(t.Context(), stream, "g", "0").Err(); err != nil {
		t.Fatal(err)
	}
	r.reset()
	if err := rdb.Process(t.Context(), redis.NewRawWriteToCmd(t.Context(), &r, read...)); err != nil || !r.empty {
		t.Fatalf("without an entry: %v, empty %v", err, r.empty)
	}
	var want []*Entry
	for i := range 120 {
		fields := []string{"payload", strings.Repeat("é", i*i), "payload", "", "\r\n", "$-1\r\n", fmt.Sprint("field ", i), strings.Repeat("x", largeText-i)}
		id := rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: fields}).Val()
		want = append(want, newEntry(id, fields, 1))
	}
	var got []*Entry
	for range 3 {
		r.reset()
		if err := rdb.Process(t.Context(), redis.NewRawWriteToCmd(t.Context(), &r, read...)); err != nil || r.empty || r.refused {
			t.Fatal(err, r.empty, r.refused)
		}
		entries, err := r.entries()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entries...)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Entry{})); diff != "" {
		t.Error(diff)
	}
}

// TestReplyOfAnotherShape: what is not a reply to XREADGROUP is no entries.
func TestReplyOfAnotherShape(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		sound bool
	}{
		{[]any{[]any{"in", []any{[]any{"1-1", []any{"a", "b"}}}}}, true},
		{[]any{[]any{"in", []any{}}}, true},
		{"in", false},
		{[]any{}, false},
		{[]any{[]any{"in"}}, false},
		{[]any{[]any{"in", "1-1"}}, false},
		{[]any{[]any{"in", []any{[]any{"1-1"}}}}, false},
		{[]any{[]any{"in", []any{[]any{"1-1", "a", "b"}}}}, false},
		{[]any{[]any{"in", []any{[]any{"1-1", []any{[]any{}}}}}}, false},
		{[]any{[]any{"in", []any{}}, []any{"more", []any{}}}, false},
		{[]any{[]any{"in", []any{}, "more"}}, false},
	} {
		var r reply
		r.add(c.value)
		if _, err := r.entries(); (err == nil) != c.sound {
			t.Errorf("%v: %v", c.value, err)
		}
	}
	for _, line := range []string{"+OK\r\n", ":1\r\n", "*x\r\n", "$\r\n"} {
		if _, err := new(reply).Write([]byte(line)); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
	if _, err := new(reply).ReadFrom(strings.NewReader("text\r\n")); err == nil {
		t.Error("a text without a length was taken")
	}
	if _, err := new(reply).ReadFrom(io.LimitReader(strings.NewReader("tex"), 6)); err == nil {
		t.Error("a text that was cut off was taken")
	}
}
