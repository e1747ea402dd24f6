package app

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dispatch"
	"github.com/go-dispatcher/dispatcher/internal/idle"
	"github.com/go-dispatcher/dispatcher/internal/warm"
)

// warmUpQuiet is how long nobody has waited for a page before a warm-up runs.
const warmUpQuiet = 250 * time.Millisecond

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
