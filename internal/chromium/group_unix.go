//go:build unix

package chromium

import (
	"os/exec"
	"syscall"
)

// grouped puts the browser and all that it starts into a process group of its own, which ends as one.
func grouped(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { killGroup(cmd.Process.Pid); return nil }
}

// killGroup ends a group; one that has ended already is no error.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
