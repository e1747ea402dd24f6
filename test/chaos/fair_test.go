package chaos

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// tenthousand is how many requests one tenant sends; each takes 100 ms, so that all of them take minutes.
const tenthousand = 10_000

// One tenant sends ten thousand requests, and then another one a single request: it is answered within a second, whether the many are exports or of its own
// class, and all of one class as they may be. Without classes and turns it would wait for the others, which takes minutes. At full size it is judged by the clock, and has the machine to itself.
//
//nolint:paralleltest // at full size
func TestOneTenantDelaysAnotherByLessThanASecond(t *testing.T) {
	if !full() {
		t.Parallel()
	}
	for name, many := range map[string]func(data map[string]any){
		"many exports": func(data map[string]any) { data["export_xlsx"] = true },
		"same class":   func(map[string]any) {},
	} {
		t.Run(name, func(t *testing.T) {
			if !full() {
				t.Parallel()
			}
			s := newSite(t, row{name: "fair", redis: aof("everysec")}, 1)
			s.startJoined("w0", "w1")
			ask := func(key string, tenant int, change func(map[string]any)) string {
				data := map[string]any{
					"page_name": pageName, "routing_key": key, "company_id": tenant, "selected_widgets": []string{"a"},
					"request_timestamp": time.Now().Add(time.Hour).Unix(), "chaos": order{Millis: 100},
				}
				change(data)
				raw, err := json.Marshal(map[string]any{"eventName": "custom_projects", "eventData": data})
				if err != nil {
					t.Fatal(err)
				}
				return string(raw)
			}
			add := func(p redis.Cmdable, payload string) *redis.StringCmd {
				return p.XAdd(t.Context(), &redis.XAddArgs{Stream: input, Values: []string{"payload", payload}})
			}
			// One right behind the ten thousand, in the same moment, and some more while they are served.
			var longest time.Duration
			for n := range 5 {
				p := s.rdb.Pipeline()
				for range tenthousand {
					if n == 0 {
						add(p, ask("many", 1, many))
					}
				}
				key := fmt.Sprint("few-", n)
				asked := add(p, ask(key, 2, func(map[string]any) {}))
				if _, err := p.Exec(t.Context()); err != nil {
					t.Fatal(err)
				}
				s.eventually("the other tenant is answered", func() (bool, string) {
					got := s.rdb.XLen(t.Context(), output+key).Val()
					return got == 2, fmt.Sprint(got, " messages")
				})
				last, err := s.rdb.XRevRangeN(t.Context(), output+key, "+", "-", 1).Result()
				if err != nil {
					t.Fatal(err)
				}
				wait := time.Duration(millis(last[0].ID)-millis(asked.Val())) * time.Millisecond // by the server's clock
				longest = max(longest, wait)
				t.Logf("request %d of the other tenant: answered after %v, of which 100ms are its own", n+1, wait)
			}
			left := int64(0)
			for _, stream := range []string{input, export} {
				left += s.rdb.XLen(t.Context(), stream).Val()
			}
			if left < tenthousand/10 {
				t.Errorf("only %d of the %d requests still wait: nothing was shown", left, tenthousand)
			}
			t.Logf("longest wait %v, while %d requests of the first tenant waited", longest, left)
			if full() && longest > time.Second {
				t.Errorf("it waited %v", longest)
			}
		})
	}
}
