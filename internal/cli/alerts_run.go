package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/schedule"
)

type alertsRunCmd struct {
	File  string    `help:"A file of scheduled alerts, in place of the flags that describe some."`
	Once  bool      `help:"Ask for what is due now, and end."`
	At    time.Time `help:"With --once: as if it were this time." format:"2006-01-02T15:04:05Z07:00"`
	Every string    `help:"How often: 5m, 1h; default 5m."`
	Delay string    `help:"How long after its time a request goes out, where data comes late."`

	CatchUp    int      `help:"How many missed times are made up for after a downtime; default 12."`
	Alert      []string `help:"An alert's name; all of the catalog when left out."`
	Monitor    []string `help:"monitor_id; each alert is asked for each of them."`
	CompanyID  string   `name:"company-id" help:"company_id, the tenant."`
	RoutingKey string   `help:"Who reads the alerts."`
	Tech       string   `help:"How they travel: REDIS STREAM (default), API or SSE."`
	Language   string   `help:"Language of labels, en or ar."`
	Always     bool     `help:"Deliver what does not fire, too."`
	Set        []string `help:"Further eventData keys, as key=JSON." placeholder:"KEY=JSON"`
}

// Help is shown by --help.
func (alertsRunCmd) Help() string {
	return "Example:\n  dispatcher alerts run --alert NegativePostsAlert --monitor monitor-own --company-id 1 --routing-key notifications --every 15m\n\n" +
		"Any number of schedulers may run: a request for one time goes out once."
}

// Run asks for the alerts at their times.
func (c *alertsRunCmd) Run(e *env) error {
	cfg, err := e.config("APP_DISPATCHER_INPUT_STREAM")
	if err != nil {
		return err
	}
	if !c.At.IsZero() && !c.Once {
		return errors.New("--at goes with --once")
	}
	cat, err := loadCatalog(cfg.Dispatcher.Catalog)
	if err != nil {
		return err
	}
	jobs, names, err := c.jobs(cat)
	if err != nil {
		return err
	}
	rdb, err := e.broker(cfg)
	if err != nil {
		return err
	}
	defer rdb.Close()
	s := &schedule.Scheduler{
		Redis: rdb, Stream: cfg.Stream.Input, Last: commit.NamesOf(cfg.Stream.Input).Schedule, Jobs: jobs, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(e.err, nil)),
		Asked: func(j *schedule.Job, tick time.Time, entry string) {
			if e.json {
				_ = e.printJSON(map[string]any{"alert": names[j.Key], "time": tick, "entry": entry}) // nobody may listen
				return
			}
			fmt.Fprintf(e.out, "%s  %s as entry %s\n", tick.Format(time.RFC3339), names[j.Key], entry)
		},
	}
	if !c.Once {
		return s.Run(e.ctx)
	}
	if !c.At.IsZero() {
		s.Now = func() time.Time { return c.At }
	}
	return s.Once(e.ctx)
}

// jobs are the scheduled alerts, and what they are called by their keys.
func (c *alertsRunCmd) jobs(cat *catalog.Catalog) (jobs []schedule.Job, names map[string]string, err error) {
	list, err := c.scheduled(cat)
	if err != nil {
		return nil, nil, err
	}
	names = make(map[string]string)
	for i := range list {
		j, err := list[i].job(cat)
		if err != nil {
			return nil, nil, err
		}
		name := list[i].Alert
		if list[i].Monitor != "" {
			name += " of " + list[i].Monitor
		}
		if names[j.Key] != "" {
			return nil, nil, fmt.Errorf("%s is there twice", name)
		}
		names[j.Key] = name
		jobs = append(jobs, j)
	}
	return jobs, names, nil
}

// scheduled reads the file, or the flags: each alert for each monitor.
func (c *alertsRunCmd) scheduled(cat *catalog.Catalog) ([]scheduledAlert, error) {
	if c.File != "" {
		if len(c.Alert)+len(c.Monitor)+len(c.Set) > 0 || c.RoutingKey != "" || c.CompanyID != "" || c.Every != "" {
			return nil, errors.New("--file says which alerts; leave the flags that do so out")
		}
		return readAlerts(c.File)
	}
	data := make(map[string]any)
	for _, pair := range c.Set {
		key, value, err := keyJSON(pair)
		if err != nil {
			return nil, err
		}
		data[key] = value
	}
	alerts, monitors := c.Alert, c.Monitor
	if len(alerts) == 0 {
		for _, p := range alertPages(cat) {
			alerts = append(alerts, p.Key.Page)
		}
	}
	if len(monitors) == 0 {
		monitors = []string{""}
	}
	var out []scheduledAlert
	for _, name := range alerts {
		for _, monitor := range monitors {
			out = append(out, scheduledAlert{
				Alert: name, Every: c.Every, Delay: c.Delay, CatchUp: c.CatchUp, Always: c.Always, RoutingKey: c.RoutingKey, StreamTech: c.Tech,
				CompanyID: c.CompanyID, Monitor: monitor, Language: c.Language, EventData: data,
			})
		}
	}
	return out, nil
}
