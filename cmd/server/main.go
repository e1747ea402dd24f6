// Command server is the HTTP process: /health, /ready and /metrics.
// It reads its whole configuration from the environment; docs/configuration.md lists it.
package main

import (
	"context"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/app"
)

func main() { os.Exit(app.RunServer(context.Background(), os.Stderr)) }
