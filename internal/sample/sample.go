// Package sample makes the tables of the product's model: posts, authors, interactions, messages, promises, agents' states, surveys,
// ratings, transcripts and social posts.
//
// What the embedded conversations know is theirs: posts, authors, threads as interactions, who answered when. What no public
// data has comes from a generator with a fixed seed; the catalog labels it synthetic, and so does every result that shows it. Equal requests give equal rows, on every machine. Tables of any size are streamed: a generated row
// depends on its number alone.
//
// It makes rows; internal/load puts them into stores.
package sample

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/load"
)

// Company is the tenant of all rows.
const Company = "1"

// The generated rows lie in the time of the conversations, so that one range shows both.
//
//nolint:gochecknoglobals // constants, which Go has no way to write for times
var (
	begin = time.Date(2002, time.July, 1, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2002, time.December, 5, 0, 0, 0, 0, time.UTC)
)

// Data makes tables.
type Data struct {
	real  *load.Conversations
	cases []thread
}

// Open reads the embedded conversations below root, where it writes them first.
func Open(ctx context.Context, root string) (*Data, error) {
	c, err := load.OpenConversations(root)
	if err != nil {
		return nil, err
	}
	d := &Data{real: c}
	if d.cases, err = threads(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("sample: read the conversations: %w", err), c.Close())
	}
	return d, nil
}

// Close ends it.
func (d *Data) Close() error { return d.real.Close() }

// table is how one table is made.
type table struct {
	load.Table
	// rows gives them, scale times as many as the table has by itself.
	rows func(d *Data, scale float64) iter.Seq[[]any]
}

// Names lists the tables in the order in which they are best read.
func Names() []string {
	names := []string{"posts", "profiles", "counters", "authors"}
	for _, t := range tables() {
		names = append(names, t.Name)
	}
	return names
}

// Grows says that a table has more rows where a larger one is asked for.
func Grows(name string) bool {
	return !slices.Contains([]string{"profiles", "counters"}, name)
}

// Table returns a table by its name. With a scale above 1 it has about that many times its rows, the further ones all synthetic;
// profiles and counters are those of the real posts alone.
func (d *Data) Table(ctx context.Context, name string, scale float64) (*load.Table, error) {
	switch name {
	case "posts":
		return d.posts(ctx, max(1, scale))
	case "authors":
		return d.authors(ctx, max(1, scale))
	case "profiles", "counters":
		return d.real.Table(ctx, name)
	}
	for _, t := range tables() {
		if t.Name != name {
			continue
		}
		out, rows := t.Table, t.rows(d, max(1, scale))
		for range rows {
			out.Count++
		}
		out.Rows = func(yield func([]any, error) bool) {
			for row := range rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		return &out, nil
	}
	return nil, fmt.Errorf("sample: no table %q; there are %s", name, strings.Join(Names(), ", "))
}
