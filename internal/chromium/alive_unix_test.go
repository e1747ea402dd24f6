//go:build unix

package chromium_test

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// alive says whether a process runs. One that has ended and waits to be collected does not.
func alive(pid int) bool {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, state, _ := bytes.Cut(stat, []byte(") "))
		return !bytes.HasPrefix(state, []byte("Z"))
	}
	return syscall.Kill(pid, 0) == nil
}
