// Package run is what the measurements have in common: what they say of the machine, and how they read what a process has used.
package run

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"
)

// Machine names the kind of machine, and how many processors it has.
func Machine() string {
	return fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}

// RedisVersion is that of a server.
func RedisVersion(ctx context.Context, rdb *redis.Client) string {
	for line := range strings.Lines(rdb.Info(ctx, "server").Val()) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok {
			return v
		}
	}
	return "unknown"
}

// AwaitRedis waits until a server answers that was started a moment ago.
func AwaitRedis(ctx context.Context, rdb *redis.Client) error {
	for begin := time.Now(); time.Since(begin) < time.Minute && ctx.Err() == nil; {
		if rdb.Ping(ctx).Err() == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("redis-server at %s does not answer", rdb.Options().Addr)
}

// CPU is the processor time that a running process has used, all of its threads, those that ended, too; 0 where nobody knows.
func CPU(pid int) time.Duration {
	const scheduled = 2 // CPUCLOCK_SCHED: the clock of what the scheduler gave, to the nanosecond (clock_getcpuclockid(3))
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// Load is how many processes have run or waited for a processor in the last minute: a machine that others use, too, says so.
func Load() float64 {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(raw), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}
