package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
)

type cacheCmd struct {
	Stats   cacheStatsCmd   `cmd:"" help:"Show how much of which datasets' answers is shared, and for how long."`
	Explain cacheExplainCmd `cmd:"" help:"Say of each query of a request whether it would be computed, and how old its answer is."`
	Purge   cachePurgeCmd   `cmd:"" help:"Forget shared answers, so that they are computed anew."`
	Warm    cacheWarmCmd    `cmd:"" help:"Ask for the pages that users open, so that they are computed before."`
}

// answers connects to what consumers share.
func (e *env) answers() (*lease.Answers, redis.UniversalClient, error) {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return nil, nil, err
	}
	if a := app.Answers(rdb, cfg); a != nil {
		return a, rdb, nil
	}
	return nil, nil, errors.Join(errors.New("nothing is shared: APP_DISPATCHER_SHARE_BYTES is 0"), rdb.Close())
}

type cacheStatsCmd struct{}

// Help says what is shown.
func (cacheStatsCmd) Help() string {
	return `Shows the answers that consumers share (share of a dataset in the catalog), by dataset: how many, of how many tenants, how many bytes of the broker they take, and for how long the one holds that
ends last. How often they are used is counted by each consumer: dispatcher_source_reused_total of its metrics. What a consumer keeps of days that are over (keep) is in its own memory, and not shown here.

  dispatcher cache stats
  dispatcher --json cache stats | jq '.datasets[] | {dataset, bytes}'`
}

// Run shows what is kept.
func (cacheStatsCmd) Run(e *env) error {
	answers, rdb, err := e.answers()
	if err != nil {
		return err
	}
	defer rdb.Close()
	held, err := answers.Stats(e.ctx)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]any{"datasets": held, "budget_bytes": answers.Budget()})
	}
	var n int
	var bytes int64
	out := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	if len(held) > 0 {
		fmt.Fprintln(out, "DATASET\tTENANTS\tANSWERS\tBYTES\tLONGEST")
	}
	for _, h := range held {
		n, bytes = n+h.Answers, bytes+h.Bytes
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%s\n", printable(h.Dataset, 60), h.Tenants, h.Answers, h.Bytes, brief(time.Duration(h.Longest)*time.Millisecond))
	}
	fmt.Fprintf(out, "%d answers, %d of %d bytes\n", n, bytes, answers.Budget())
	return out.Flush()
}
