// Package cli is the command line of `dispatcher`: the demo, sending and watching requests, looking at catalogs,
// dead letters and configuration. Each command is a file.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/go-dispatcher/dispatcher/internal/app/process"
	"github.com/go-dispatcher/dispatcher/internal/config"
)

// root is the whole command line; kong reads names, help and defaults from it.
type root struct {
	JSON bool `help:"Print JSON for scripts instead of text for people."`

	Demo       demoCmd       `cmd:"" help:"Show the main job on real data: requests in, widgets out. Needs nothing installed."`
	Send       sendCmd       `cmd:"" help:"Put a request on the input stream."`
	Cancel     cancelCmd     `cmd:"" help:"Cancel a request that waits or runs."`
	Tail       tailCmd       `cmd:"" help:"Follow a routing key and draw its widgets in the terminal."`
	Catalog    catalogCmd    `cmd:"" help:"Check a catalog, explain a request's queries, print the catalog's JSON Schema."`
	Data       dataCmd       `cmd:"" help:"Put the embedded data into a store."`
	Alerts     alertsCmd     `cmd:"" help:"List the catalog's alerts, and ask for them at their times."`
	DeadLetter deadLetterCmd `cmd:"" name:"dead-letter" help:"List, show, replay and purge what could not be served."`
	Config     configCmd     `cmd:"" help:"Print the effective configuration and where each value came from; secrets are hidden."`
	Pending    pendingCmd    `cmd:"" help:"Show what waits and runs, by consumer, with its age and deliveries."`
	Doctor     doctorCmd     `cmd:"" help:"Look at Redis, the stream, its consumers and the stores, and say what to do."`
	Cache      cacheCmd      `cmd:"" help:"Show, explain, purge and warm what consumers share and keep of their answers."`
	Revoke     revokeCmd     `cmd:"" help:"End a token of the HTTP API before its time, or those of a subject or a tenant."`
	Revoked    revokedCmd    `cmd:"" help:"List the revocations that count."`
	Report     reportCmd     `cmd:"" help:"Write a page as one HTML or PDF file, in English or Arabic."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// env is what every command gets.
type env struct {
	ctx    context.Context
	out    io.Writer
	err    io.Writer
	json   bool
	lookup func(string) (string, bool)
}

// printJSON prints v as one line of JSON.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// config loads the configuration, with no more required than the command names.
func (e *env) config(required ...string) (*config.Config, error) {
	return config.Load(e.lookup, config.Options{Required: required})
}

// broker connects to the configured Redis and checks that it answers.
func (e *env) broker(c *config.Config) (redis.UniversalClient, error) {
	rdb, err := process.Connect(c.Broker, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := rdb.Ping(e.ctx).Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("redis %s does not answer: %w\n(set APP_REDIS_HOST and APP_REDIS_PORT, or try `dispatcher demo`, which needs none)", c.Broker.Where(), err), rdb.Close())
	}
	return rdb, nil
}

// connect loads the configuration, of which these variables must be set, and connects to its broker.
func (e *env) connect(needed ...string) (*config.Config, redis.UniversalClient, error) {
	cfg, err := e.config(needed...)
	if err != nil {
		return nil, nil, err
	}
	rdb, err := e.broker(cfg)
	return cfg, rdb, err
}

// errReported says that the command failed and has already said why.
var errReported = errors.New("failed")

// Run runs one command line and returns the process's exit code: 0, 1 for a failure, 2 for wrong usage.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	logging.Disable() // go-redis writes to standard error, what a command has to say of the same itself
	var cmd root
	exited := -1
	parser, err := kong.New(&cmd,
		kong.Name("dispatcher"),
		kong.Description("Dashboard requests in on a Redis stream, computed widgets out, each as soon as it is ready.\n\nStart with: dispatcher demo"),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(errOut, "dispatcher:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err != nil {
		fmt.Fprintln(errOut, "dispatcher:", err)
		return 2
	}
	err = parsed.Run(&env{ctx: ctx, out: out, err: errOut, json: cmd.JSON, lookup: os.LookupEnv})
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	if !errors.Is(err, errReported) {
		fmt.Fprintln(errOut, "dispatcher:", err)
	}
	return 1
}
