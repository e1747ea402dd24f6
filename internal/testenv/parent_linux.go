package testenv

import "syscall"

// endWithParent has the kernel end a server when the thread that started it ends.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
