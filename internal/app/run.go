package app

import (
	"context"
	"io"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// RunConsumer is the consumer process from environment to exit code. A program with strategies of its own adds them by more.
func RunConsumer(ctx context.Context, errOut io.Writer, more ...Registration) int {
	return process.Main(ctx, errOut, memory.Answers, func(ctx context.Context, c *config.Config) (process.Process, error) {
		return NewWorker(ctx, c, telemetry.NewLogger(errOut, c.Log.Format, c.Log.Level), more...)
	})
}
