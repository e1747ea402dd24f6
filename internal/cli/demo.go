package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/alicebob/miniredis/v2"

	"github.com/go-dispatcher/dispatcher/internal/app"
	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/app/server"
	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/dataset"
	"github.com/go-dispatcher/dispatcher/internal/telemetry"
)

type demoCmd struct {
	Data   string `default:"conversations" enum:"conversations,flights" help:"conversations: 4,150 real mailing-list posts, embedded. flights: 3 million flights, fetched once with npm."`
	Stores string `default:"embedded" enum:"embedded,all" help:"embedded: DuckDB in the process. all: MongoDB, Cassandra, MinIO and an HTTP API, which make demo STORES=all starts."`
	Keep   bool   `help:"Stay up after the pages, with the dashboard in the browser and for requests of your own; ends with Ctrl-C."`
	Logs   bool   `help:"Print the consumer's log lines too."`
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return "Runs Redis in the process (unless APP_REDIS_HOST names one), a consumer and the HTTP server, sends dashboard\n" +
		"requests, and draws each widget as it arrives. The dashboard is at the address that is printed; --keep leaves it there."
}

// Run runs the demo.
func (c *demoCmd) Run(e *env) (err error) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	vars, stop, err := c.environment(ctx, e)
	if err != nil {
		return err
	}
	defer stop()
	removeFiles, err := demoFiles(e, vars)
	if err != nil {
		return err
	}
	defer removeFiles()
	cfg, err := config.Load(func(name string) (string, bool) {
		if v, ok := vars[name]; ok {
			return v, true
		}
		return e.lookup(name)
	}, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if c.Logs {
		log = telemetry.NewLogger(e.err, cfg.Log.Format, cfg.Log.Level)
	}
	worker, err := app.NewWorker(ctx, cfg, log)
	if err != nil {
		return err
	}
	gateway, err := server.New(cfg, log)
	if err != nil {
		return errors.Join(err, worker.Close())
	}
	var running sync.WaitGroup
	var faults [2]error
	running.Go(func() { faults[0] = errors.Join(worker.Run(ctx), worker.Close()); cancel() })
	running.Go(func() { faults[1] = errors.Join(gateway.Run(ctx), gateway.Close()); cancel() })
	defer func() {
		cancel()
		running.Wait()
		err = errors.Join(err, faults[0], faults[1])
	}()
	rdb, err := process.Connect(cfg.Broker, log)
	if err != nil {
		return err
	}
	defer rdb.Close()
	if err := c.play(ctx, e, cfg, rdb); err != nil {
		return err
	}
	if c.Keep {
		c.sayHowToGoOn(e, cfg)
		<-ctx.Done()
	}
	return nil
}

// environment decides where everything runs, as the contract's variables.
func (c *demoCmd) environment(ctx context.Context, e *env) (vars map[string]string, stop func(), err error) {
	vars = map[string]string{
		"APP_DISPATCHER_INPUT_STREAM": "go_dispatcher:requests", "APP_DISPATCHER_CONSUMER_GROUP": "go_dispatcher",
		"APP_DISPATCHER_CONSUMER_NAME": fmt.Sprintf("demo-%d", os.Getpid()), "APP_DISPATCHER_OUTPUT_STREAM_PREFIX": "go_dispatcher:out:",
		"APP_DISPATCHER_REJECTED_STREAM": "go_dispatcher:deadletters",
	}
	endAPI := func() {}
	for name := range vars {
		if v, ok := e.lookup(name); ok && v != "" {
			vars[name] = v
		}
	}
	for _, name := range []string{"PORT", "APP_GATEWAY_ADMIN_PORT"} {
		if port, ok := e.lookup(name); ok && port != "" {
			continue
		}
		if vars[name], err = freePort(ctx); err != nil {
			return nil, nil, err
		}
	}
	if c.Data == "flights" {
		root, err := flightsRoot(ctx, e)
		if err != nil {
			return nil, nil, err
		}
		vars["APP_DISPATCHER_DATA"], vars["APP_DISPATCHER_CATALOG"] = root, filepath.Join("catalogs", "flights")
		if _, err := os.Stat(vars["APP_DISPATCHER_CATALOG"]); err != nil {
			return nil, nil, errors.New("the flights demo reads catalogs/flights: run it from the project's folder")
		}
	}
	if c.Stores == "all" {
		if c.Data == "flights" {
			return nil, nil, errors.New("--stores=all shows the conversations; leave --data out")
		}
		if vars["APP_DISPATCHER_CATALOG"], err = fillStores(ctx, e); err != nil {
			return nil, nil, err
		}
		if endAPI, err = demoSentiment(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	if host, ok := e.lookup("APP_REDIS_HOST"); ok && host != "" {
		return vars, endAPI, nil
	}
	embedded := miniredis.NewMiniRedis()
	if err := embedded.StartAddr("127.0.0.1:0"); err != nil {
		endAPI()
		return nil, nil, fmt.Errorf("start the embedded Redis: %w", err)
	}
	vars["APP_REDIS_HOST"], vars["APP_REDIS_PORT"] = embedded.Host(), embedded.Port()
	vars["APP_BACKEND_REDIS_SERVER"], vars["APP_BACKEND_REDIS_PORT"] = embedded.Host(), embedded.Port()
	return vars, func() { embedded.Close(); endAPI() }, nil
}

func flightsRoot(ctx context.Context, e *env) (string, error) {
	cache, ok := e.lookup("DISPATCHER_CACHE")
	if !ok || cache == "" {
		cache = ".cache"
	}
	path, err := dataset.FetchFlights(ctx, cache, func(line string) { fmt.Fprintln(e.err, line) })
	if err != nil {
		return "", err
	}
	return filepath.Abs(filepath.Dir(path))
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (c *demoCmd) sayHowToGoOn(e *env, cfg *config.Config) {
	fmt.Fprintf(e.out, `
Dashboard:  http://127.0.0.1:%d/
Operators:  http://127.0.0.1:%d/
Redis listens on %s:%d; /health, /ready and /metrics are on port %d. In another terminal:

  export APP_REDIS_HOST=%s APP_REDIS_PORT=%d
  export APP_DISPATCHER_INPUT_STREAM=%s APP_DISPATCHER_OUTPUT_STREAM_PREFIX=%s
  bin/dispatcher send --event insights --start 2002-08-01 --end 2002-08-31 --follow

Ctrl-C ends it.
`, cfg.Port, cfg.Gateway.AdminPort, cfg.Broker.Host, cfg.Broker.Port, cfg.Port, cfg.Broker.Host, cfg.Broker.Port, cfg.Stream.Input, cfg.Stream.OutputPrefix)
}
