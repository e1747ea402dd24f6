package commit

import (
	"fmt"
	"testing"
	"time"
)

// TestWaitAOF: what is asked, and how its reply is read; the servers of the tests may not know the command yet.
func TestWaitAOF(t *testing.T) {
	t.Parallel()
	d := Durability{Fsync: true, Replicas: 1, Timeout: 1500 * time.Millisecond}
	if got := fmt.Sprint(d.command()); got != "[WAITAOF 1 1 1500]" {
		t.Errorf("asked %q", got)
	}
	for _, c := range []struct {
		reply any
		want  bool
	}{
		{[]any{int64(1), int64(1)}, true}, {[]any{int64(1), int64(2)}, true}, {[]any{int64(0), int64(1)}, false}, {[]any{int64(1), int64(0)}, false},
		{int64(1), false}, {nil, false}, {[]any{int64(1)}, false},
	} {
		if got := d.reached(c.reply); got != c.want {
			t.Errorf("%v: %v", c.reply, got)
		}
	}
}
