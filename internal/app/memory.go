package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is what the heap may grow to between two collections, however little of it is alive.
const heapFloor = 80 << 20

// TuneMemory keeps the collector from running all the time over a live heap of a few megabytes, where each run also shrinks the workers' stacks: the
// heap may grow to 80 MB between two collections. Beyond half of that it may double, as Go has it, so that large answers take no more memory than they
// would anywhere. GOGC, where it is set, wins.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		tune(heapFloor)
	}
}

// tune sets when the next collection comes, after each one: it leaves an object behind that the next one finds dead.
func tune(floor uint64) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := uint64(100)
	if alive := max(1<<20, live[0].Value.Uint64()); 2*alive < floor {
		percent = 100*floor/alive - 100
	}
	debug.SetGCPercent(int(percent))               //nolint:gosec // at most 7,900
	runtime.AddCleanup(new([32]byte), tune, floor) // smaller ones share their memory with others
}
