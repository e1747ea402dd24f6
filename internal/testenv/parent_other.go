//go:build !linux

package testenv

import "syscall"

// endWithParent does nothing where the kernel offers nothing: a killed test run may leave its server behind.
func endWithParent() *syscall.SysProcAttr { return nil }
