// Package filelock has processes of one machine keep out of each other's files.
package filelock

import "os"

// Lock takes the lock of a file, which ends when the file is closed, or the process ends, however it does. It fails at once where another process holds it, or the same one by another opening,
// and with errors.ErrUnsupported where the system has no such locks.
func Lock(f *os.File) error { return lock(f) }
