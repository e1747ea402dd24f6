package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// Names of the peers that the verdicts refer to.
const (
	ours         = "dispatcher"
	separate     = "statements"
	byHand       = "plan-by-hand"
	supersetName = "superset"
	cubeName     = "cube"
)

// What tells a process of this program that it is a worker, and where the flights are.
const (
	envWorker = "COMPUTE_WORKER"
	envFile   = "COMPUTE_FILE"
)

// driver is a peer that asks the bare driver, in a process of its own.
type driver struct {
	id, what, file string

	process *run.Process
	in      io.WriteCloser
	out     *bufio.Reader
}

func (d *driver) name() string    { return d.id }
func (d *driver) title() string   { return d.what }
func (d *driver) version() string { return moduleVersion("github.com/duckdb/duckdb-go/v2") }

func (d *driver) start(context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envWorker+"="+d.id, envFile+"="+d.file)
	if d.in, err = cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	d.out = bufio.NewReaderSize(out, 1<<20)
	d.process, err = run.Start(cmd, os.Stderr)
	return err
}

func (d *driver) ask(_ context.Context, s span) (*visit, error) {
	var v visit
	var lines [][]byte
	begin := time.Now()
	if _, err := fmt.Fprintln(d.in, s); err != nil {
		return nil, err
	}
	for len(lines) <= len(widgets) {
		line, err := d.out.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if lines = append(lines, line); len(lines) == 1 {
			v.first = time.Since(begin)
		}
		if len(lines) == len(widgets) {
			v.page = time.Since(begin)
		}
	}
	v.answers = func() (answers, error) {
		all := make(answers)
		for _, line := range lines {
			var w widgetRows
			if err := json.Unmarshal(line, &w); err != nil {
				return nil, err
			}
			if w.Error != "" {
				return nil, errors.New(w.Error)
			}
			all[w.Widget] = w.Rows
		}
		return all, nil
	}
	return &v, nil
}

func (d *driver) cpu() time.Duration { return d.process.CPU() }
func (d *driver) peak() float64      { return d.process.Peak() }

func (d *driver) stop() {
	if d.process != nil {
		_ = d.in.Close()
		d.process.Stop()
		d.process = nil
	}
}
