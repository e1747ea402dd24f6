//go:build !unix

package chromium

import "os/exec"

// grouped leaves the browser to the context, which ends its first process: there are no process groups here.
func grouped(*exec.Cmd) {}

func killGroup(int) {}
