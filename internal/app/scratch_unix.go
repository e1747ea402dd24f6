//go:build unix

package app

import (
	"os"
	"syscall"
)

// lockFile takes the lock of a file, which ends with the process; it fails where another holds it.
func lockFile(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
