package server

import (
	"context"
	"io"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Main is the server process from environment to exit code.
func Main(ctx context.Context, errOut io.Writer) int {
	return process.Main(ctx, errOut, memory.Connections, func(_ context.Context, c *config.Config) (process.Process, error) {
		return New(c, telemetry.NewLogger(errOut, c.Log.Format, c.Log.Level))
	})
}
