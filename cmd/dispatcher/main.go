// Command dispatcher is the command line: the demo, sending and following requests, looking at
// catalogs, dead letters and configuration. `dispatcher --help` teaches it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-dispatcher/dispatcher/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
