// Package memory sets when the garbage collector runs in a process of this product, and has slices used again that it would have to collect.
package memory

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// heapFloor is what the heap may grow to between two collections, however little of it is alive; memoryFloor is that with what the runtime needs beside it.
const (
	heapFloor   = 22 << 20
	memoryFloor = 38 << 20
	// stackFloor is what of that is for stacks. Many connections have more in them than in the heap.
	stackFloor = 8 << 20
)

// How much of what is alive a heap beyond the floor may grow by between two collections, in percent.
const (
	// Answers come and go: it may double, as Go has it, so that large ones take no more memory than they would anywhere.
	Answers = 100
	// Connections stay, and most of what is alive is theirs: there is little to collect, and much to hold back for it.
	Connections = 25
)

// mostReserved bounds what Reserve reserves: beyond, fewer collections save nothing that is worth the memory.
const mostReserved = 64 << 20

// reserved is what the floor is higher by.
//
//nolint:gochecknoglobals // as the collector, it is the whole process's
var reserved atomic.Int64

// Reserve has the heap grow by some megabytes more before it is collected, of what a process is allowed to hold there some day. Until it does, that saves the time of collections.
func Reserve(bytes int64) { reserved.Store(min(bytes, mostReserved)) }

// Tune keeps the collector from running all the time over a live heap of a few megabytes, where each run also shrinks the workers' stacks: the
// heap may grow to 22 MB between two collections, and by what is reserved. Beyond that it grows by a part of what is alive. The soft limit of the runtime goes along, which cuts off
// what a fast growing heap would overshoot. GOGC and GOMEMLIMIT, where they are set, win.
func Tune(growth int) {
	if os.Getenv("GOGC") == "" {
		tune(setting{int64(growth), os.Getenv("GOMEMLIMIT") == ""})
	}
}

type setting struct {
	growth int64
	limit  bool
}

// tune sets when the next collection comes, after each one: it leaves an object behind that the next one finds dead.
func tune(s setting) {
	now := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(now)
	alive, stacks := int64(max(1<<20, now[0].Value.Uint64())), int64(now[1].Value.Uint64()) //nolint:gosec // no heap has so many bytes
	percent, grown := s.growth*alive/(alive+stacks), alive+alive*s.growth/100               // the runtime has the heap grow by that part of the stacks, too
	if floor := heapFloor + reserved.Load(); grown < floor {
		percent, grown = 100*floor/alive-100, floor
	}
	debug.SetGCPercent(int(percent))
	if s.limit {
		debug.SetMemoryLimit(grown + memoryFloor - heapFloor + max(0, stacks-stackFloor))
	}
	runtime.AddCleanup(new([32]byte), tune, s) // smaller objects share their memory with others
}
