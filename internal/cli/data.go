package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

type dataCmd struct {
	Load  dataLoadCmd  `cmd:"" help:"Create tables of the embedded conversations in a store and fill them."`
	Serve dataServeCmd `cmd:"" help:"Serve the sentiment of the embedded conversations as an HTTP API."`
}

type dataLoadCmd struct {
	Store   string   `required:"" enum:"mongodb,cassandra,s3" help:"mongodb, cassandra or s3."`
	URLEnv  string   `required:"" name:"url-env" help:"The variable that holds the store's URL, as a catalog names it."`
	Into    string   `default:"dispatcher_demo" help:"The database, keyspace or bucket. A bucket's name takes - for _."`
	Tables  []string `default:"posts" help:"posts, profiles (one row an author), counters (one a channel and day)."`
	Region  string   `help:"The object store's region, where it has some."`
	Replace bool     `help:"Remove what the tables hold first; without it, a table with rows is refused."`
}

// Help is shown by --help.
func (dataLoadCmd) Help() string {
	return "Example:\n  export M=mongodb://127.0.0.1:27017\n  dispatcher data load --store mongodb --url-env M --tables posts,profiles"
}

// Run loads the tables.
func (c *dataLoadCmd) Run(e *env) (err error) {
	url, ok := e.lookup(c.URLEnv)
	if !ok || url == "" {
		return fmt.Errorf("the variable %s, which is to hold the store's URL, is not set", c.URLEnv)
	}
	to, err := openTarget(c.Store, url, c.Into, c.Region)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	loaded, err := loadTables(e.ctx, to, c.Tables, c.Replace, newProgress(e.err, c.Store))
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(map[string]any{"store": c.Store, "into": c.Into, "rows": loaded})
	}
	return nil
}

func openTarget(store, url, into, region string) (load.Target, error) {
	switch store {
	case "mongodb":
		return load.OpenMongoDB(url, into)
	case "cassandra":
		return load.OpenCassandra(url, into)
	}
	return load.OpenObjects(url, strings.ReplaceAll(into, "_", "-"), region)
}

// loadTables fills tables of the embedded conversations and returns their numbers of rows.
func loadTables(ctx context.Context, to load.Target, names []string, replace bool, p load.Progress) (rows map[string]int, err error) {
	dir, err := os.MkdirTemp("", "dispatcher-data-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data, err := load.OpenConversations(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	rows = make(map[string]int)
	for _, name := range names {
		t, err := data.Table(ctx, name)
		if err == nil {
			err = to.Load(ctx, t, replace, p)
		}
		if err != nil {
			return rows, err
		}
		rows[name] = t.Count
	}
	return rows, nil
}

// newProgress draws a bar on a terminal, and elsewhere a line at each table's end.
func newProgress(w io.Writer, store string) load.Progress {
	const width = 30
	f, ok := w.(*os.File)
	live := ok && term.IsTerminal(int(f.Fd()))
	begin := time.Now()
	return func(table string, done, of int) {
		end := done >= of
		if !live && !end {
			return
		}
		filled := width * done / max(1, of)
		line := fmt.Sprintf("%-10s %-9s %s%s %7d of %d rows, %.1f s", store, table,
			strings.Repeat("█", filled), strings.Repeat("░", width-filled), done, of, time.Since(begin).Seconds())
		if live {
			line = "\r" + line
		}
		if end || !live {
			line += "\n"
		}
		fmt.Fprint(w, line)
		if end {
			begin = time.Now()
		}
	}
}
