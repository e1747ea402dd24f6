// Command consumer is the worker: it serves dashboard requests from the input stream.
// It reads its whole configuration from the environment; docs/configuration.md lists it.
package main

import (
	"context"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/app"
)

func main() { os.Exit(app.RunConsumer(context.Background(), os.Stderr)) }
