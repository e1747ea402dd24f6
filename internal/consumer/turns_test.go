package consumer

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// While a tenant waits, none of the others is given more than its turns come to: as many as the waiting one needs to pay for its entry and one that was
// under way, and one entry beyond. And all that was parked is taken, each once, those of one tenant in their order.
func TestNoTenantWaitsForMoreThanItsRounds(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: testenv.Redis(t), Protocol: 2})
	t.Cleanup(func() { _ = rdb.Close() })
	ctx, run := t.Context(), 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		stream := fmt.Sprintf("turns:%d:%d", time.Now().UnixNano(), run)
		c := New(Options{Redis: rdb, Stream: stream, Group: "g", Name: "me", Fair: Fair{Tenant: func(e *Entry) (string, int) {
			tenant, _ := e.Field("tenant")
			cost := 0
			text, _ := e.Field("cost")
			_, _ = fmt.Sscan(text, &cost)
			return tenant, cost
		}}})
		defer rdb.Del(ctx, stream, c.names.Consumers)
		if err := c.createGroup(ctx); err != nil {
			t.Fatal(err)
		}
		type entry struct {
			id   string
			cost int
		}
		waits, left := map[string][]entry{}, 0
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 12), 1, 6).Draw(t, "entries of each tenant") {
			tenant := fmt.Sprint("t", len(waits))
			for range n {
				cost := rapid.IntRange(1, costMost).Draw(t, "cost")
				id, err := rdb.XAdd(ctx, &redis.XAddArgs{Stream: stream, Values: []any{"tenant", tenant, "cost", cost}}).Result()
				if err != nil {
					t.Fatal(err)
				}
				waits[tenant] = append(waits[tenant], entry{id, cost})
				left++
			}
		}
		if n, err := c.park(ctx); err != nil || n != left {
			t.Fatalf("%d of %d parked: %v", n, left, err)
		}
		// given is what each tenant was given while another one waited for the same entry.
		given := map[string]map[string]int{}
		for left > 0 {
			most := rapid.IntRange(1, 5).Draw(t, "places")
			answer, err := turnScript.Run(ctx, rdb, c.turnKeys(), "g", "me", "~parked", c.names.TenantPrefix, most, 1<<20, turnCost).Slice()
			if err != nil {
				t.Fatal(err)
			}
			found, err := claimed(answer[1])
			if err != nil || len(found) == 0 || len(found) > most {
				t.Fatalf("%d taken of %d: %v", len(found), left, err)
			}
			for _, e := range found {
				tenant, cost := c.Fair.Tenant(e)
				if len(waits[tenant]) == 0 || waits[tenant][0].id != e.ID {
					t.Fatalf("%s of %s was taken; %v wait", e.ID, tenant, waits[tenant])
				}
				waits[tenant] = waits[tenant][1:]
				left--
				delete(given, tenant)
				for other, list := range waits {
					if other == tenant || len(list) == 0 {
						continue
					}
					if given[other] == nil {
						given[other] = map[string]int{}
					}
					given[other][tenant] += cost
					rounds := (list[0].cost+turnCost-1)/turnCost + 1
					if spent := given[other][tenant]; spent > rounds*turnCost+costMost {
						t.Fatalf("while %s waited for an entry of %d, %s was given %d", other, list[0].cost, tenant, spent)
					}
				}
			}
		}
	})
}
