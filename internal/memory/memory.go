// Package memory sets when the garbage collector runs in a process of this product.
package memory

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is what the heap may grow to between two collections, however little of it is alive; memoryFloor is that with what the runtime needs beside it.
const (
	heapFloor   = 22 << 20
	memoryFloor = 38 << 20
)

// Tune keeps the collector from running all the time over a live heap of a few megabytes, where each run also shrinks the workers' stacks: the
// heap may grow to 22 MB between two collections. Beyond half of that it may double, as Go has it, so that large answers take no more memory than they
// would anywhere. The soft limit of the runtime goes along, which cuts off what a fast growing heap would overshoot. GOGC and GOMEMLIMIT, where they are
// set, win.
func Tune() {
	if os.Getenv("GOGC") == "" {
		tune(os.Getenv("GOMEMLIMIT") == "")
	}
}

// tune sets when the next collection comes, after each one: it leaves an object behind that the next one finds dead.
func tune(limit bool) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	alive, percent := int64(max(1<<20, live[0].Value.Uint64())), int64(100) //nolint:gosec // no heap has so many bytes
	if 2*alive < heapFloor {
		percent = 100*heapFloor/alive - 100
	}
	debug.SetGCPercent(int(percent))
	if limit {
		debug.SetMemoryLimit(max(memoryFloor, 2*alive+memoryFloor-heapFloor))
	}
	runtime.AddCleanup(new([32]byte), tune, limit) // smaller objects share their memory with others
}
