package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/go-dispatcher/dispatcher/bench/run"
	"github.com/go-dispatcher/dispatcher/internal/source"
	"github.com/go-dispatcher/dispatcher/internal/source/cassandra"
	"github.com/go-dispatcher/dispatcher/internal/source/duckdb"
	"github.com/go-dispatcher/dispatcher/internal/source/mongodb"
)

// place is the database or keyspace.
const place = "dispatcher_bench_stores"

// loaded puts posts into a store, and returns the file of a catalog over them.
func loaded(ctx context.Context, o options, name, address string) (string, error) {
	if address == "" {
		return "", errors.New("no address (make bench-stores starts the servers)")
	}
	run.Progress("loading %d posts into %s", o.rows, name)
	binary, err := filepath.Abs(o.dispatcher)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, binary, "data", "load", "--store", name, "--url-env", upper(name), "--into", place, "--tables", "posts", "--rows", strconv.Itoa(o.rows), "--replace")
	cmd.Env = append(os.Environ(), upper(name)+"="+address)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "dispatcher-stores-")
	if err != nil {
		return "", err
	}
	context.AfterFunc(ctx, func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "catalog.yaml")
	return path, os.WriteFile(path, out, 0o600)
}

// open connects to a store as the consumer does.
func open(ctx context.Context, name, address string) (source.Source, func(), error) {
	if name == "mongodb" {
		src, err := mongodb.Open(ctx, mongodb.Config{URL: address, Database: place})
		if err != nil {
			return nil, nil, err
		}
		return src, func() { _ = src.Close() }, nil
	}
	if name != "cassandra" {
		return nil, nil, fmt.Errorf("no such store")
	}
	local, err := duckdb.Open(ctx, duckdb.Config{Connections: 4 * runtime.GOMAXPROCS(0)})
	if err != nil {
		return nil, nil, err
	}
	src, err := cassandra.Open(ctx, cassandra.Config{URL: address, Keyspace: place, Local: local})
	if err != nil {
		_ = local.Close()
		return nil, nil, err
	}
	return src, func() { _ = src.Close(); _ = local.Close() }, nil
}
