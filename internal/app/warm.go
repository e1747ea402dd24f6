package app

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/idle"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

// warmUpQuiet is how long nobody has waited for a page before a warm-up runs.
const warmUpQuiet = 250 * time.Millisecond

// warmUpsASecond is how many pages a schedule asks for in a second, one after the other, and warmUpTimeout how long it waits for one.
const (
	warmUpsASecond = 2
	warmUpTimeout  = 10 * time.Minute
)

// warm has pages remembered that users wait for, and warm-ups run while they do not.
func (w *Worker) warm(c *config.Config, broker redis.Cmdable) dispatch.WarmUps {
	out := dispatch.WarmUps{Idle: idle.New(warmUpQuiet)}
	if c.Dispatcher.WarmPages > 0 {
		recorder := warm.NewRecorder(broker, commit.NamesOf(c.Stream.Input), c.Dispatcher.WarmPages, w.log)
		w.closers.Add("pages that users open", recorder.Close)
		out.Remember = recorder.Remember
	}
	return out
}

// schedule asks for the remembered pages at the configured times; nil where there are none.
func (w *Worker) schedule(c *config.Config, broker redis.Cmdable) *warm.Schedule {
	d := &c.Dispatcher
	if d.WarmEvery == 0 && len(d.WarmAt.Times) == 0 {
		return nil
	}
	return &warm.Schedule{
		Asker: warm.Asker{
			Redis: broker, Stream: c.Stream.Input + ":" + string(models.Refresh), Prefix: c.Stream.OutputPrefix, Rate: warmUpsASecond, Timeout: warmUpTimeout,
		},
		Names: commit.NamesOf(c.Stream.Input), Name: c.Stream.Consumer, Log: w.log,
		Latest: func(now time.Time) time.Time {
			latest := d.WarmAt.Latest(now)
			if every := d.WarmEvery.Milliseconds(); every > 0 {
				if tick := time.UnixMilli(now.UnixMilli() / every * every); tick.After(latest) {
					latest = tick
				}
			}
			return latest
		},
	}
}
