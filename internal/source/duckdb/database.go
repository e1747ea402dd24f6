package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// After a fatal error DuckDB refuses every statement until it is opened anew. So it is: what is under way is interrupted and ends with a transient error, and
// when the last of it has ended, whoever asks next opens the database again. Two openings of one file never are there at the same time.

// database is one opening of DuckDB, with what was imported into it.
type database struct {
	*sql.DB
	imports  imports
	prepared prepared

	// The rest belongs to the source's mutex. users interrupts what is under way; gone is closed when the database is lost and nothing is any more.
	users map[*context.CancelCauseFunc]struct{}
	lost  bool
	gone  chan struct{}
}

var (
	// errLost interrupts what is under way in a database that is lost.
	errLost   = errors.New("duckdb: the database is lost after a fatal error")
	errClosed = errors.New("duckdb: the source is closed")
)

// open opens the database.
func open(ctx context.Context, cfg *Config) (*database, error) {
	dsn := cfg.Path
	if cfg.Path != "" && cfg.ReadOnly {
		dsn += "?access_mode=READ_ONLY"
	}
	connector, err := driver.NewConnector(dsn, nil)
	if err != nil {
		return nil, classify(fmt.Errorf("duckdb: open: %w", err))
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(cfg.Connections)
	db.SetMaxIdleConns(cfg.Connections)
	if err := lockDown(ctx, db, cfg); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{DB: db, users: make(map[*context.CancelCauseFunc]struct{}), gone: make(chan struct{})}, nil
}

// Close closes the database, and what was prepared in it.
func (db *database) Close() error { return errors.Join(db.prepared.close(), db.DB.Close()) }

// with runs f on the database, which it opens again where it was lost. The context of f ends when the database is lost meanwhile.
func (s *Source) with(ctx context.Context, f func(ctx context.Context, db *database) error) error {
	db, using, leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	err = f(using, db)
	if isFatal(err) {
		s.lose(db)
	}
	interrupted := errors.Is(context.Cause(using), errLost)
	leave()
	if err != nil && interrupted && ctx.Err() == nil && !isFatal(err) {
		return unavailable(err)
	}
	return err
}

// enter returns the database, which stays until leave is called.
func (s *Source) enter(ctx context.Context) (db *database, using context.Context, leave func(), err error) {
	for {
		s.mu.Lock()
		if db = s.db; !db.lost && !s.closed {
			using, leave = s.use(ctx, db)
			s.mu.Unlock()
			return db, using, leave, nil
		}
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return nil, nil, nil, classify(errClosed)
		}
		if err := s.reopen(ctx, db); err != nil {
			return nil, nil, nil, err
		}
	}
}

// use notes that something is under way, with the mutex held.
func (s *Source) use(ctx context.Context, db *database) (using context.Context, leave func()) {
	using, cancel := context.WithCancelCause(ctx)
	db.users[&cancel] = struct{}{}
	return using, func() {
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(db.users, &cancel)
		if db.lost && len(db.users) == 0 {
			close(db.gone)
		}
	}
}

// lose marks a database as lost, and interrupts what is under way: at least its caller.
func (s *Source) lose(db *database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	db.lost = true
	for cancel := range db.users {
		(*cancel)(errLost)
	}
}

// reopen puts another database in the place of one that is lost, when nobody uses that any more.
func (s *Source) reopen(ctx context.Context, old *database) error {
	select {
	case s.opening <- struct{}{}:
	case <-ctx.Done():
		return ended(ctx, ctx.Err())
	}
	defer func() { <-s.opening }()
	s.mu.Lock()
	done := s.db != old
	s.mu.Unlock()
	if done {
		return nil
	}
	select {
	case <-old.gone:
	case <-ctx.Done():
		return ended(ctx, ctx.Err())
	}
	_ = old.Close() // it was lost
	db, err := open(ctx, &s.cfg)
	if err != nil {
		return unavailable(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = db.Close() // nobody has used it
		return nil
	}
	s.db = db
	return nil
}

// isFatal says that no further statement will be answered.
func isFatal(err error) bool {
	e, ok := errors.AsType[*driver.Error](err)
	return ok && e.Type == driver.ErrorTypeFatal
}

// fatal classifies a fatal error: who meets one of another statement's may ask again, the statement that has caused it would cause it again.
func fatal(e *driver.Error, err error) error {
	if strings.Contains(e.Msg, "previous fatal error") {
		return unavailable(err)
	}
	return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
}

func unavailable(err error) error {
	return fault.New(fault.Transient, "source_unavailable", "the data source is being opened again", err)
}
