//go:build linux

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a command starts is held up and goes on, and its end is the command's.
func TestStall(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"exit 0": 0, "exit 3": 3, "kill -9 $$": 1} {
		s := stall{least: 10 * time.Millisecond, most: 20 * time.Millisecond, only: "sleep"}
		// It goes on until a process of a process of the command has been stopped, and is running again.
		stopped := `sh -c 'sleep 600 & pid=$!
			while ! grep -q "^State:.T" /proc/$pid/status; do :; done
			while grep -q "^State:.T" /proc/$pid/status; do :; done
			kill $pid'; `
		if code, err := s.run(t.Context(), []string{"sh", "-c", stopped + text}); code != want || err != nil {
			t.Errorf("%s: %d, %v", text, code, err)
		}
		if s.held["sleep"] == 0 || len(s.held) != 1 {
			t.Errorf("%s: %s", text, s.told())
		}
	}
}

func TestNothingIsHeldUp(t *testing.T) {
	t.Parallel()
	s := stall{}
	if code, err := s.run(t.Context(), []string{filepath.Join(t.TempDir(), "absent")}); code == 0 || err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("%d, %v", code, err)
	}
	if got := s.told(); got != "nothing" {
		t.Error(got)
	}
}
