package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"
)

// running is how a statement is run on a connection: its rows are read until it returns.
type running func(ctx context.Context, on *driver.Conn, text string, args []sqldriver.NamedValue, read func(sqldriver.Rows) error) error

// once prepares a statement for this one time. An interrupt ends that, too: files may be large, or hostile.
func once(ctx context.Context, on *driver.Conn, text string, args []sqldriver.NamedValue, read func(sqldriver.Rows) error) error {
	rows, err := on.QueryContext(ctx, text, args)
	if err != nil {
		return err
	}
	return errors.Join(read(rows), rows.Close())
}

// mostPrepared is how many statements a connection keeps, those that it has run last. One that groups by hashes holds a megabyte of its last run, within DuckDB's memory limit.
const mostPrepared = 16

// prepared are the statements that connections have run over tables: one that is asked again, over another range, is not parsed again. DuckDB plans it each time, for its arguments and for the tables as they are then.
type prepared struct {
	mu     sync.Mutex
	of     map[*driver.Conn][]statementKept
	closed bool
}

type statementKept struct {
	text string
	*driver.Stmt
}

// run is once with a statement that is kept. Who runs one has it alone; one that has failed is not kept.
func (p *prepared) run(ctx context.Context, on *driver.Conn, text string, args []sqldriver.NamedValue, read func(sqldriver.Rows) error) error {
	s, ok := p.take(on, text)
	if !ok {
		made, err := on.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		if s.Stmt, ok = made.(*driver.Stmt); !ok {
			return fmt.Errorf("unexpected statement %T", made)
		}
	}
	rows, err := s.QueryContext(ctx, args)
	if err == nil {
		err = errors.Join(read(rows), rows.Close())
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return p.put(on, s)
}

func (p *prepared) take(on *driver.Conn, text string) (s statementKept, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.of[on]
	at := slices.IndexFunc(list, func(s statementKept) bool { return s.text == text })
	if at < 0 {
		return statementKept{text: text}, false
	}
	s = list[at]
	p.of[on] = slices.Delete(list, at, at+1)
	return s, true
}

func (p *prepared) put(on *driver.Conn, s statementKept) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return s.Close()
	}
	if p.of == nil {
		p.of = make(map[*driver.Conn][]statementKept)
	}
	list := append(p.of[on], s)
	var err error
	if len(list) > mostPrepared {
		err = list[0].Close()
		list = slices.Delete(list, 0, 1)
	}
	p.of[on] = list
	return err
}

// close closes the statements that nobody runs; the others are closed when they have been run. A database stays in memory while one of them is open.
func (p *prepared) close() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, list := range p.of {
		for _, s := range list {
			err = errors.Join(err, s.Close())
		}
	}
	p.of = nil
	return err
}
