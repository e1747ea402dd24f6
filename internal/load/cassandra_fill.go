package load

import (
	"context"
	"fmt"
	"sync"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/errgroup"
)

// Cassandra warns of batches above 5 KB and refuses those above 50 KB, and is fast by many of them at a time.
const (
	batchCQL   = 5
	atOnceCQL  = 16
	noticeRows = 500
)

// filler inserts rows in batches, several at a time.
type filler struct {
	ctx      context.Context
	running  *errgroup.Group
	session  *gocql.Session
	name     string
	table    *Table
	progress Progress
	batch    *gocql.Batch

	mu         sync.Mutex
	done, told int
}

func (c *Cassandra) filler(ctx context.Context, t *Table, name string, progress Progress) *filler {
	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(atOnceCQL)
	return &filler{ctx: ctx, running: running, session: c.session, name: name, table: t, progress: progress}
}

// add takes one row. It waits while too many batches are under way, and is false once one of them has failed.
func (f *filler) add(insert string, values []any) bool {
	if f.batch == nil {
		f.batch = f.session.Batch(gocql.UnloggedBatch)
	}
	if f.batch.Query(insert, values...); f.batch.Size() == batchCQL {
		f.flush()
	}
	return f.ctx.Err() == nil
}

func (f *filler) flush() {
	batch := f.batch
	if f.batch = nil; batch == nil {
		return
	}
	f.running.Go(func() error {
		if err := batch.ExecContext(f.ctx); err != nil {
			return fmt.Errorf("load: insert into %s: %w", f.name, err)
		}
		f.tell(batch.Size())
		return nil
	})
}

// tell says how far it is, one batch after the other.
func (f *filler) tell(rows int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done += rows; f.done-f.told >= noticeRows || f.done == f.table.Count {
		f.told = f.done
		f.progress(f.table.Name, f.done, f.table.Count)
	}
}

// wait inserts what is left and returns once nothing is under way.
func (f *filler) wait() error {
	f.flush()
	return f.running.Wait()
}
