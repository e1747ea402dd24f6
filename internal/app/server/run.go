package server

import (
	"context"
	"io"
	"log/slog"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/memory"
)

// Main is the server process from environment to exit code.
func Main(ctx context.Context, errOut io.Writer) int {
	return process.Main(ctx, errOut, memory.Connections, func(_ context.Context, c *config.Config, log *slog.Logger) (process.Process, error) {
		return New(c, log)
	})
}
