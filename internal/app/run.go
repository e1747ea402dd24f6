package app

import (
	"context"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/memory"
)

// RunConsumer is the consumer process from environment to exit code. A program with strategies of its own adds them by more.
func RunConsumer(ctx context.Context, errOut io.Writer, more ...Registration) int {
	return process.Main(ctx, errOut, memory.Answers, func(ctx context.Context, c *config.Config, log *slog.Logger) (process.Process, error) {
		runtime.GOMAXPROCS(processors(runtime.GOMAXPROCS(0), c.Dispatcher.Workers, os.Getenv("GOMAXPROCS") != ""))
		return NewWorker(ctx, c, log, more...)
	})
}

// processors is how many goroutines may run at the same time: one more for each query of an embedded database. Such a query is a call into C, which holds a place of Go's scheduler until a watchdog
// looks, up to ten milliseconds later; while all places are held nothing that is ready is sent. What the environment says stays.
func processors(are, workers int, set bool) int {
	if set {
		return are
	}
	return are + min(are, workers)
}
