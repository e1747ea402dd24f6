package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/redis/go-redis/v9"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/memory"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

// Process is a part of the product that runs until its context ends.
type Process interface {
	Run(ctx context.Context) error
	// Reload reads what files hold again. It is called beside Run.
	Reload(ctx context.Context)
	Close() error
}

// Main loads the configuration, makes the process and runs it until SIGTERM or SIGINT. A second signal
// ends it at once. growth is that of package memory. SIGHUP has it read its files again.
func Main(ctx context.Context, errOut io.Writer, growth int, build func(context.Context, *config.Config, *slog.Logger) (Process, error)) int {
	c, err := config.Load(os.LookupEnv, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	log := telemetry.NewLogger(errOut, c.Log.Format, c.Log.Level)
	redis.SetLogger(driverLog{log})
	memory.Tune(growth)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() { <-ctx.Done(); stop() }()
	hangups := make(chan os.Signal, 1) // one that waits stands for all that come meanwhile
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	p, err := build(ctx, c, log)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 1
	}
	if err := errors.Join(runReloading(ctx, p, hangups), p.Close()); err != nil {
		fmt.Fprintln(errOut, err)
		return 1
	}
	return 0
}

// runReloading runs a process, and has it read its files again at each hangup.
func runReloading(ctx context.Context, p Process, hangups <-chan os.Signal) error {
	until, end := context.WithCancel(ctx)
	var reloading sync.WaitGroup
	defer reloading.Wait()
	defer end()
	reloading.Go(func() {
		for {
			select {
			case <-hangups:
				p.Reload(until)
			case <-until.Done():
				return
			}
		}
	})
	return p.Run(ctx)
}
