package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/source/singleflight/lease"
)

type cachePurgeCmd struct {
	Dataset string `xor:"what" help:"Only answers over this dataset."`
	Page    string `xor:"what" help:"Only answers over the datasets of this page, such as Dashboards/AccountPage."`
	Tenant  string `help:"Only answers for this tenant, as requests name it."`
	From    string `help:"Only of days from this one on: 2026-01-31, or an RFC 3339 time."`
	To      string `help:"Only of days up to this one, which is included."`
	Zone    string `default:"UTC" help:"Time zone of these days, such as Europe/Berlin."`
	Yes     bool   `help:"Forget them. Without it, the command only says how many it would forget."`
}

// Help teaches by examples.
func (cachePurgeCmd) Help() string {
	return `After data was corrected, have the next who asks see it: the answers are computed anew, those that are being computed at this moment are kept as ever. Nothing is forgotten without --yes.
What consumers keep of days that are over (keep of a dataset) is forgotten with them, within a second: they look for it. --from and --to leave what is kept of other days; shared answers are forgotten whatever their range is.

  dispatcher cache purge --dataset posts
  dispatcher cache purge --dataset posts --tenant 42 --from 2026-01-10 --to 2026-01-12 --yes
  dispatcher cache purge --page Dashboards/AccountPage --yes
  dispatcher cache purge --yes`
}

// Run forgets answers, or says how many it would.
func (c *cachePurgeCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	defer rdb.Close()
	purges, err := c.purges(cfg)
	if err != nil {
		return err
	}
	if err := c.known(e, cfg, rdb); err != nil {
		return err
	}
	n := 0
	for _, p := range purges {
		forgotten, err := c.purge(e, cfg, rdb, p)
		if err != nil {
			return err
		}
		n += forgotten
	}
	if e.json {
		return e.printJSON(map[string]any{"answers": n, "purged": c.Yes, "of": purges})
	}
	verb := "were forgotten, and what is kept of days is, within a second"
	if !c.Yes {
		verb = "would be forgotten, and what is kept of days; say --yes to do it"
	}
	_, err = fmt.Fprintf(e.out, "%d shared answers %s\n", n, verb)
	return err
}

// known refuses a dataset that the catalog has not, and of which nothing is shared or kept: nothing would be forgotten, and nobody would notice.
func (c *cachePurgeCmd) known(e *env, cfg *config.Config, rdb redis.UniversalClient) error {
	if c.Dataset == "" {
		return nil
	}
	names := make(map[string]bool)
	cat, err := loadCatalog(cfg.Dispatcher.Catalog)
	if err != nil {
		return err
	}
	for name := range cat.Datasets {
		names[name] = true
	}
	kept, err := app.KeptDays(e.ctx, rdb, cfg.Stream.Input, time.Now())
	if err != nil {
		return err
	}
	for name := range kept.Datasets {
		names[name] = true
	}
	if answers := app.Answers(rdb, cfg); answers != nil {
		held, err := answers.Stats(e.ctx)
		if err != nil {
			return err
		}
		for _, h := range held {
			names[h.Dataset] = true
		}
	}
	if !names[c.Dataset] {
		return fmt.Errorf("--dataset: there is no dataset %s%s", c.Dataset, suggested(c.Dataset, maps.Keys(names)))
	}
	return nil
}

// purge forgets shared answers and kept days, where it is to, and returns how many of the first there were.
func (c *cachePurgeCmd) purge(e *env, cfg *config.Config, rdb redis.UniversalClient, p app.Purge) (n int, err error) {
	if answers := app.Answers(rdb, cfg); answers != nil {
		names, err := answers.Find(e.ctx, lease.Which{Dataset: p.Dataset, Tenant: p.Tenant})
		if err != nil {
			return 0, err
		}
		n = len(names)
		if c.Yes {
			if n, err = answers.Forget(e.ctx, names); err != nil {
				return 0, err
			}
		}
	}
	if c.Yes {
		err = app.PurgeKept(e.ctx, rdb, cfg.Stream.Input, p)
	}
	return n, err
}

// purges are what the flags mean: one, or one for each dataset of the page.
func (c *cachePurgeCmd) purges(cfg *config.Config) ([]app.Purge, error) {
	p := app.Purge{Dataset: c.Dataset, Tenant: c.Tenant}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone: %w", err)
	}
	if p.From, err = dayOf("from", c.From, zone, 0); err != nil {
		return nil, err
	}
	if p.To, err = dayOf("to", c.To, zone, 1); err != nil {
		return nil, err
	}
	if !p.From.IsZero() && !p.To.IsZero() && !p.From.Before(p.To) {
		return nil, errors.New("--from is after --to")
	}
	if c.Page == "" {
		return []app.Purge{p}, nil
	}
	cat, err := loadCatalog(cfg.Dispatcher.Catalog)
	if err != nil {
		return nil, err
	}
	page, ok := cat.Pages[c.Page]
	if !ok {
		return nil, fmt.Errorf("--page: the catalog has no page %s%s", c.Page, cmp.Or(pageNamed(cat, c.Page), suggested(c.Page, maps.Keys(cat.Pages))))
	}
	var out []app.Purge
	for _, name := range page.DatasetNames() {
		one := p
		one.Dataset = name
		out = append(out, one)
	}
	return out, nil
}

// dayOf reads a day, or a time; what is empty is no bound. A plain day as an end is included.
func dayOf(flag, text string, zone *time.Location, more int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day.AddDate(0, 0, more).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--%s: %q is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z", flag, text)
	}
	return at.UTC(), nil
}
