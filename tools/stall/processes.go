//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// process is one that runs.
type process struct {
	pid  int
	name string
}

// below lists the processes that one has started, and those that they have started.
func below(root int) (all []process) {
	paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", root))
	for _, path := range paths {
		text, _ := os.ReadFile(path) //nolint:gosec // the kernel's
		for child := range strings.FieldsSeq(string(text)) {
			pid, err := strconv.Atoi(child)
			if err != nil {
				continue
			}
			if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil {
				all = append(all, process{pid, strings.TrimSpace(string(name))})
			}
			all = append(all, below(pid)...)
		}
	}
	return all
}
