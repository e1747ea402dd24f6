package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/go-dispatcher/dispatcher/internal/load"
	"github.com/go-dispatcher/dispatcher/internal/sample"
)

type dataCmd struct {
	Load  dataLoadCmd  `cmd:"" help:"Create tables of the sample data in a store and fill them."`
	Serve dataServeCmd `cmd:"" help:"Serve the sentiment of the embedded conversations as an HTTP API."`
}

type dataLoadCmd struct {
	Store   string   `required:"" enum:"mongodb,cassandra,s3,minio,duckdb" help:"mongodb, cassandra, s3 (minio is the same) or duckdb."`
	URLEnv  string   `name:"url-env" help:"The variable that holds the store's URL, as a catalog names it."`
	File    string   `type:"path" help:"DuckDB: the database file."`
	Into    string   `default:"dispatcher_demo" help:"The database, keyspace or bucket. A bucket's name takes - for _."`
	Tables  []string `default:"posts" help:"Their names, or all. See below."`
	By      string   `help:"Cassandra: cut the tables by this column of texts in place of months; they are then named NAME_by_COLUMN."`
	Rows    int      `help:"About how many posts; the other tables grow with them. What goes beyond the embedded 4150 is synthetic."`
	Region  string   `help:"The object store's region, where it has some."`
	Replace bool     `help:"Remove what the tables hold first; without it, a table with rows is refused."`
}

// Help is shown by --help.
func (dataLoadCmd) Help() string {
	return "Tables: " + strings.Join(sample.Names(), ", ") + ".\ndocs/data.md says what they hold, and what of it is real.\n" +
		"Prints a catalog over them: save it, and the built-in pages are answered from there.\n\n" +
		"Examples:\n  export M=mongodb://127.0.0.1:27017\n  dispatcher data load --store mongodb --url-env M --tables posts,profiles\n" +
		"  dispatcher data load --store cassandra --url-env C --tables messages --by interaction_id\n" +
		"  dispatcher data load --store duckdb --file posts.db --rows 1000000 > million.yaml"
}

// embeddedPosts is how many posts are embedded: what --rows is measured against.
const embeddedPosts = 4150

// Run loads the tables.
func (c *dataLoadCmd) Run(e *env) (err error) {
	if c.Rows < 0 || c.Rows > 1_000_000_000 {
		return fmt.Errorf("--rows is %d, but must be from 1 to 1000000000", c.Rows)
	}
	if c.By != "" && c.Store != "cassandra" {
		return fmt.Errorf("--by cuts tables of Cassandra; the store is %s", c.Store)
	}
	to, err := c.target(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	names := c.Tables
	if slices.Equal(names, []string{"all"}) {
		names = sample.Names()
	}
	loaded, err := loadTables(e.ctx, to, tables{names: names, by: c.By, scale: float64(c.Rows) / embeddedPosts}, c.Replace, newProgress(e.err, c.Store))
	if err != nil {
		return err
	}
	if e.json {
		rows := make(map[string]int)
		for _, t := range loaded {
			rows[t.Name] = t.Count
		}
		return e.printJSON(map[string]any{"store": c.Store, "into": c.into(), "rows": rows})
	}
	_, err = fmt.Fprint(e.out, c.catalog(loaded))
	return err
}

func (c *dataLoadCmd) into() string {
	if c.Store == "duckdb" {
		return c.File
	}
	return c.Into
}

func (c *dataLoadCmd) target(e *env) (load.Target, error) {
	if c.Store == "duckdb" {
		if c.File == "" {
			return nil, errors.New("--store duckdb needs --file, the database file")
		}
		return load.OpenDuckDB(e.ctx, c.File)
	}
	if c.URLEnv == "" {
		return nil, fmt.Errorf("--store %s needs --url-env, the name of the variable that holds its URL", c.Store)
	}
	url, ok := e.lookup(c.URLEnv)
	if !ok || url == "" {
		return nil, fmt.Errorf("the variable %s, which is to hold the store's URL, is not set", c.URLEnv)
	}
	return openTarget(c.Store, url, c.Into, c.Region)
}

func openTarget(store, url, into, region string) (load.Target, error) {
	switch store {
	case "mongodb":
		return load.OpenMongoDB(url, into)
	case "cassandra":
		return load.OpenCassandra(url, into)
	}
	return load.OpenObjects(url, bucketOf(into), region)
}

// bucketOf is a name as buckets may have it.
func bucketOf(name string) string { return strings.ReplaceAll(name, "_", "-") }

// tables are some tables of the sample data: how large, and cut by which column.
type tables struct {
	names []string
	by    string
	scale float64
}

// loadedTable is a table that was loaded. A larger one has rows beyond the embedded ones, all of them generated.
type loadedTable struct {
	*load.Table
	larger bool
}

// loadTables fills tables and returns them.
func loadTables(ctx context.Context, to load.Target, of tables, replace bool, p load.Progress) (loaded []loadedTable, err error) {
	dir, err := os.MkdirTemp("", "dispatcher-data-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data, err := sample.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	for _, name := range of.names {
		t, err := data.Table(ctx, name, of.scale)
		if err == nil && of.by != "" {
			t, err = t.Cut(of.by)
		}
		if err == nil {
			err = to.Load(ctx, t, replace, p)
		}
		if err != nil {
			return loaded, err
		}
		loaded = append(loaded, loadedTable{Table: t, larger: of.scale > 1 && sample.Grows(name)})
	}
	return loaded, nil
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
		line := fmt.Sprintf("%-10s %-26s %s%s %7d of %d rows, %.1f s", store, table,
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
