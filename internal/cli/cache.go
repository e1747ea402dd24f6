package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
)

type cacheCmd struct {
	Stats   cacheStatsCmd   `cmd:"" help:"Show how much of which datasets' answers is shared, and for how long."`
	Explain cacheExplainCmd `cmd:"" help:"Say of each query of a request whether it would be computed, and how old its answer is."`
	Purge   cachePurgeCmd   `cmd:"" help:"Forget shared answers, so that they are computed anew."`
	Warm    cacheWarmCmd    `cmd:"" help:"Ask for the pages that users open, so that they are computed before."`
}

type cacheStatsCmd struct{}

// Help says what is shown.
func (cacheStatsCmd) Help() string {
	return `Shows the answers that consumers share (share of a dataset in the catalog), by dataset: how many, of how many tenants, how many bytes of the broker they take, and for how long the one holds that
ends last. How often they are used is counted by each consumer: dispatcher_source_reused_total of its metrics.
Then what consumers keep of days that are over (keep), as they said it in the last seconds: by dataset entries and bytes of their memories, answers of whose days all, some or none were kept (hits, merged, misses),
and how many days these were since the consumers started; and the memories and folders, with looks for an entry. Datasets of which nothing is kept, nor ever was, are in the JSON alone.

  dispatcher cache stats
  dispatcher --json cache stats | jq '.kept.datasets'`
}

// Run shows what is shared and kept.
func (cacheStatsCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	defer rdb.Close()
	shared, budget := []lease.Held{}, int64(0)
	if answers := app.Answers(rdb, cfg); answers != nil {
		if shared, err = answers.Stats(e.ctx); err != nil {
			return err
		}
		budget = answers.Budget()
	}
	kept, err := app.KeptDays(e.ctx, rdb, cfg.Stream.Input, time.Now())
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]any{"datasets": shared, "budget_bytes": budget, "kept": kept})
	}
	if err := showShared(e.out, shared, budget); err != nil {
		return err
	}
	return showKept(e.out, kept)
}

func showShared(w io.Writer, held []lease.Held, budget int64) error {
	var n int
	var bytes int64
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(held) > 0 {
		fmt.Fprintln(out, "DATASET\tTENANTS\tANSWERS\tBYTES\tLONGEST")
	}
	for _, h := range held {
		n, bytes = n+h.Answers, bytes+h.Bytes
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%s\n", printable(h.Dataset, 60), h.Tenants, h.Answers, h.Bytes, brief(time.Duration(h.Longest)*time.Millisecond))
	}
	fmt.Fprintf(out, "shared answers: %d, in %d of %d bytes\n", n, bytes, budget)
	return out.Flush()
}

func showKept(w io.Writer, kept *app.KeptStats) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(kept.Datasets)), func(name string) bool { return kept.Datasets[name] == app.KeptDataset{} })
	switch {
	case len(kept.Memory) == 0:
		fmt.Fprintln(out, "\nkept days: no consumer has said in the last minute that it keeps any")
	case len(names) == 0:
		fmt.Fprintln(out, "\nkept days: none yet, of any dataset")
	default:
		fmt.Fprintln(out, "\nKEPT DAYS OF\tENTRIES\tBYTES\tHITS\tMERGED\tMISSES\tDAYS KEPT\tCOMPUTED\tEVICTED")
	}
	for _, name := range names {
		d := kept.Datasets[name]
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", printable(name, 60), d.Entries, d.Bytes, d.Hits, d.Merged, d.Misses, d.Days, d.Computed, d.Evicted)
	}
	for i, places := range [][]app.KeptPlace{kept.Memory, kept.Disk} {
		for _, p := range places {
			fmt.Fprintf(out, "%s %s: %d entries, %d of %d bytes, %d of %d looks found one, %d evicted\n",
				[]string{"memory of", "folder"}[i], printable(p.Place, 100), p.Entries, p.Bytes, p.Budget, p.Hits, p.Hits+p.Misses, p.Evicted)
		}
	}
	return out.Flush()
}
