// Command compute measures a page of twelve widgets over three million flights: Dispatcher as it is shipped, from the request on the stream to the last widget read, against the same
// page through the bare driver (twelve statements; a plan made by hand) and through Superset and Cube where they are installed. Answers are compared before any time is shown. Absolute
// figures belong to the machine; only the ratios within a run count.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

type options struct {
	rounds, again      int
	consumer, operator string
	catalog, cache     string
	scripts            string
	peers, out         string
}

func main() {
	run.Main("compute", func(ctx context.Context) error {
		worker, err := asWorker(ctx)
		if !worker {
			err = bench(ctx)
		}
		if ctx.Err() != nil {
			return nil // it was told to end
		}
		return err
	})
}

func bench(ctx context.Context) error {
	var o options
	flag.IntVar(&o.rounds, "rounds", 6, fmt.Sprintf("rounds of %d ranges each; medians count", perRound))
	flag.IntVar(&o.again, "again", 3, "times that the same page is asked again, for each range")
	flag.StringVar(&o.consumer, "consumer", "../bin/consumer", "the consumer as shipped")
	flag.StringVar(&o.operator, "operator", "../bin/dispatcher", "the command as shipped, by which days that are kept are purged before a round")
	flag.StringVar(&o.catalog, "catalog", "compute/catalog.yaml", "the page's catalog")
	flag.StringVar(&o.cache, "cache", os.Getenv("DISPATCHER_CACHE"), "folder of the flights and of other systems")
	flag.StringVar(&o.peers, "peers", "", "superset, cube or both, separated by a comma: install them where they are missing")
	flag.StringVar(&o.scripts, "scripts", "../scripts/peers", "scripts that find and install other systems")
	flag.StringVar(&o.out, "out", "", "file for the figures as JSON")
	flag.Parse()
	if o.rounds < 1 || o.rounds > mostRounds {
		return fmt.Errorf("-rounds: 1 to %d, the flights have no more days", mostRounds)
	}
	r, err := measure(ctx, os.Stdout, o)
	if err != nil {
		return err
	}
	return run.Save(o.out, r)
}

// moduleVersion is the version of a module that this program is built with.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "unknown"
}
