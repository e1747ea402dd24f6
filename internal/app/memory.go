package app

import (
	"os"
	"runtime/debug"
)

const (
	gcPercent = 400
	heapFloor = 16 << 20
)

//nolint:gochecknoglobals // kept for the life of the process
var floor []byte

// TuneMemory keeps the collector from running all the time over a live heap of a few megabytes, where each run also shrinks
// the workers' stacks. The floor is never touched, so it takes no memory: it lets the heap grow to about 80 MB
// between two collections. GOGC, where it is set, wins.
func TuneMemory() {
	if os.Getenv("GOGC") == "" && floor == nil {
		debug.SetGCPercent(gcPercent)
		floor = make([]byte, heapFloor)
	}
}
