// Command server is the HTTP process: /health, /ready and /metrics.
// It reads its whole configuration from the environment; docs/configuration.md lists it.
package main

import (
	"context"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/app/server"
)

func main() { os.Exit(server.Main(context.Background(), os.Stderr)) }
