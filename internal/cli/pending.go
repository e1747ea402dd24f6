package cli

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/broker"
)

type pendingCmd struct {
	Class    string        `enum:"interactive,refresh,export" default:"interactive" help:"Requests of this class: ${enum}. Each has a stream of its own."`
	Consumer string        `help:"Only entries of this consumer."`
	Idle     time.Duration `help:"Only entries that nobody has renewed for so long, such as 1m."`
	Limit    int64         `default:"20" help:"Show at most so many entries, the oldest first."`
}

// Help says how to read it.
func (pendingCmd) Help() string {
	return `Shows how many requests wait, run and are put off, which consumers there are, and the oldest entries that are handed out.

A consumer renews what it holds every quarter of its lease (APP_DISPATCHER_LEASE, 30 s): an entry that was left alone for longer belongs to one that has died, and the
next one takes it over. An entry whose deliveries grow is taken over again and again: it may be what kills its consumers, and becomes a dead letter at
APP_DISPATCHER_DELIVERY_LIMIT. It costs the server the same however much waits.

  dispatcher pending
  dispatcher pending --idle 1m
  dispatcher pending --class export
  dispatcher --json pending | jq '.oldest_seconds'`
}

// Run shows what waits and runs.
func (c *pendingCmd) Run(e *env) error {
	cfg, rdb, err := e.connect("APP_DISPATCHER_INPUT_STREAM", "APP_DISPATCHER_CONSUMER_GROUP")
	if err != nil {
		return err
	}
	defer rdb.Close()
	stream := process.Inputs(cfg)[slices.Index([]string{"interactive", "refresh", "export"}, c.Class)]
	v, err := broker.See(e.ctx, rdb, broker.Pending{Stream: stream, Group: cfg.Stream.Group, Consumer: c.Consumer, IdleOver: c.Idle, Most: max(1, c.Limit)})
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(v)
	}
	return printView(e, v)
}

func printView(e *env, v *broker.View) error {
	waiting := "unknown, beside another group"
	if v.Waiting != nil {
		waiting = fmt.Sprint(*v.Waiting)
	}
	if v.InTurn > 0 {
		waiting += fmt.Sprintf(", %d of them for their tenant's turn", v.InTurn)
	}
	fmt.Fprintf(e.out, "%s, group %s\nwaiting %s · running %d · put off %d · oldest %s\n", v.Stream, v.Group, waiting, v.Running, v.PutOff, ago(v.Oldest))
	if !v.Exists {
		_, err := fmt.Fprintln(e.out, "the group does not exist: a consumer makes it when it starts")
		return err
	}
	out := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\nCONSUMER\tRUNNING\tHEARTBEAT")
	for _, c := range v.Consumers {
		beat := "none, another program"
		if c.Heartbeat != nil {
			beat = ago(*c.Heartbeat) + " ago"
		}
		fmt.Fprintf(out, "%s\t%d\t%s\n", printable(c.Name, 60), c.Running, beat)
	}
	if len(v.Entries) > 0 {
		fmt.Fprintln(out, "\nENTRY\tCONSUMER\tAGE\tLEFT ALONE\tDELIVERIES")
	}
	for _, p := range v.Entries {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\n", p.ID, printable(p.Consumer, 60), ago(p.Age), ago(p.Idle), p.Deliveries)
	}
	return out.Flush()
}

// ago writes seconds as people read them.
func ago(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d > time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(time.Millisecond).String()
}
