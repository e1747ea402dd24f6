package cli

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/gateway/revocation"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestRevoke(t *testing.T) {
	t.Parallel()
	addr := testenv.Redis(t)
	rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	host, port, _ := net.SplitHostPort(addr)
	stream := fmt.Sprintf("cli:%s:%d", t.Name(), time.Now().UnixNano())
	set := map[string]string{"APP_REDIS_HOST": host, "APP_REDIS_PORT": port, "APP_DISPATCHER_INPUT_STREAM": stream}
	var out bytes.Buffer
	e := &env{ctx: t.Context(), out: &out, err: &out, lookup: func(name string) (string, bool) { v, ok := set[name]; return v, ok }}
	said := func(run func(*env) error) string {
		t.Helper()
		out.Reset()
		if err := run(e); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := said(revokedCmd{}.Run); got != "nothing is revoked\n" {
		t.Error(got)
	}
	ends := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if got := said((&revokeCmd{TokenID: "t1", Tenant: "42", ExpiresAt: ends, Why: "lost"}).Run); got != "revoked: token t1, tenant 42\n" {
		t.Error(got)
	}
	before := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := said((&revokeCmd{Subject: "ann", IssuedBefore: before}).Run); got != "revoked: subject ann, issued before 2026-01-02T03:04:05Z\n" {
		t.Error(got)
	}
	lines := strings.Split(said(revokedCmd{}.Run), "\n")
	if len(lines) != 4 || !strings.Contains(lines[1], "subject ann, issued before") || !strings.Contains(lines[2], ends.Format(time.RFC3339)) || !strings.Contains(lines[2], "lost") {
		t.Errorf("%q", lines)
	}
	list, err := revocation.Counting(t.Context(), rdb, revocation.Key(stream))
	if err != nil || len(list) != 2 || list[1].TokenID != "t1" || list[0].By == "" {
		t.Errorf("%v, %+v", err, list)
	}
	if err := (&revokeCmd{Why: "nobody"}).Run(e); err == nil || !strings.Contains(err.Error(), "names no token_id, subject or tenant") {
		t.Errorf("nobody is revoked: %v", err)
	}
}
