package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// others are the systems that are measured where they are installed. Those that are asked for by name are installed first; of those that are not there the report says so.
func (s *session) others(ctx context.Context, o options, file string, rdb *run.Redis) (list []peer, err error) {
	wanted := strings.FieldsFunc(o.peers, func(r rune) bool { return r == ',' })
	for _, name := range []string{supersetName, cubeName} {
		home, err := installed(ctx, o.scripts, name, slices.Contains(wanted, name))
		if err != nil {
			s.result.Missing[name] = err.Error()
			continue
		}
		database := filepath.Join(filepath.Dir(home), "flights.duckdb")
		if err := databaseOf(ctx, database, file); err != nil {
			return nil, err
		}
		configs, err := filepath.Abs(filepath.Dir(o.catalog))
		if err != nil {
			return nil, err
		}
		switch name {
		case supersetName:
			list = append(list, &superset{home: home, config: filepath.Join(configs, "superset_config.py"), database: database, redis: rdb})
		case cubeName:
			list = append(list, &cube{home: home, config: filepath.Join(configs, "cube.js"), database: database})
		}
	}
	return list, nil
}

// installed is the folder of a system, which is installed first where that is wanted.
func installed(ctx context.Context, scripts, name string, install bool) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(scripts, name))
	if install {
		run.Progress("installing %s, where it is missing", name)
		cmd.Args = append(cmd.Args, "--install")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) && !install {
		return "", fmt.Errorf("not installed (make bench-compute PEERS=%s installs it)", name)
	}
	return string(bytes.TrimSpace(out)), err
}

// databaseOf makes a database file of the flights in the order of time, for who reads no Parquet.
func databaseOf(ctx context.Context, path, file string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	run.Progress("writing %s", path)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	part := path + ".part"
	_ = os.Remove(part)
	for _, statement := range []string{
		"ATTACH '" + part + "' AS d", "CREATE TABLE d.flights AS SELECT * FROM read_parquet('" + file + "') ORDER BY date", "DETACH d",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return os.Rename(part, path)
}
