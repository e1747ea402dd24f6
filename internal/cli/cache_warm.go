package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

type cacheWarmCmd struct {
	Tenant  string        `help:"Only this tenant's pages, as requests name it."`
	Pages   int           `default:"100" help:"At most so many pages."`
	Rate    float64       `default:"2" help:"At most so many pages a second, one after the other."`
	Timeout time.Duration `default:"10m" help:"How long to wait for one page."`
	Dry     bool          `name:"dry-run" help:"Only say which pages would be asked for."`
}

// Help teaches by examples.
func (cacheWarmCmd) Help() string {
	return `Asks for the pages that users waited for in the last weeks and of which something is kept or shared, the commonest of each tenant first, so that the next who opens one finds it computed: after a purge, a
start with an empty memory, or at the beginning of a day. Ranges up to a day are ranges up to today. Nothing is sent to anybody; rights are those of the page's tenant, whose budget it does not touch.

Consumers compute a warm-up when nobody waits for anything else, and give way at once: one that finds no quiet moment ends as busy. What is kept of days is each consumer's, or in a folder that they share; answers
that are shared are everybody's.

Consumers do so by themselves at the times of APP_DISPATCHER_WARM_AT and APP_DISPATCHER_WARM_EVERY.

  dispatcher cache warm --dry-run
  dispatcher cache warm --tenant 42 --pages 20
  dispatcher --json cache warm | jq 'select(.status != "warm")'`
}

// Run asks for one page after the other.
func (c *cacheWarmCmd) Run(e *env) error {
	if c.Rate <= 0 || c.Pages < 1 || c.Timeout <= 0 {
		return errors.New("--rate and --timeout must be above 0, and --pages at least 1")
	}
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_OUTPUT_STREAM_PREFIX")
	if err != nil {
		return err
	}
	defer rdb.Close()
	pages, err := warm.Pages(e.ctx, rdb, commit.NamesOf(cfg.Stream.Input), c.Tenant, c.Pages, time.Now())
	if err != nil {
		return err
	}
	n := 0
	tell := func(w *warm.Ended) error {
		n++
		return showWarmed(e, w, n, len(pages))
	}
	if c.Dry {
		for _, p := range pages {
			if err := tell(&warm.Ended{Page: p}); err != nil {
				return err
			}
		}
	} else {
		asker := warm.Asker{
			Redis: rdb, Stream: cfg.Stream.Input + ":" + string(models.Refresh), Prefix: cfg.Stream.OutputPrefix, Rate: c.Rate, Timeout: c.Timeout,
		}
		if err := asker.Each(e.ctx, pages, tell); err != nil {
			return err
		}
	}
	if len(pages) == 0 && !e.json {
		fmt.Fprintln(e.out, "nobody has waited yet for a page of which something is kept")
	}
	return nil
}

func showWarmed(e *env, w *warm.Ended, n, of int) error {
	if e.json {
		return e.printJSON(w)
	}
	fmt.Fprintf(e.out, "%d/%d  %s", n, of, printable(w.Name, 48))
	if w.Tenant != "" {
		fmt.Fprintf(e.out, " of %s", printable(w.Tenant, 32))
	}
	if w.Start+w.End != "" {
		fmt.Fprintf(e.out, ", %s to %s", printable(w.Start, 32), printable(w.End, 32))
	}
	fmt.Fprintf(e.out, ", asked about %.0f times", max(1, w.Asked))
	switch {
	case w.Error != nil:
		fmt.Fprintf(e.out, ": %s: %s", w.Status, printable(w.Error.Message, 160))
	case w.Status != "":
		fmt.Fprintf(e.out, ": %s, %s", w.Status, brief(time.Duration(w.Elapsed)*time.Millisecond))
	}
	if len(w.Failed) > 0 {
		var names []string
		for _, f := range w.Failed {
			names = append(names, f.Widget+" ("+f.Code+")")
		}
		fmt.Fprint(e.out, ": "+printable(strings.Join(names, ", "), 200))
	}
	_, err := fmt.Fprintln(e.out)
	return err
}
