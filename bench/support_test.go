// Package bench measures Dispatcher against other systems, side by side in one run: only ratios within a run count.
package bench

import (
	"os"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/memory"
)

// TestMain runs all benchmarks, of either side, with the memory settings of the product's processes.
func TestMain(m *testing.M) {
	memory.Tune(memory.Answers)
	os.Exit(m.Run())
}
