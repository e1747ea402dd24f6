package testenv

import (
	"testing"
	"time"
)

// Eventually asks again and again until ok, and fails the test with what it last saw.
func Eventually(t testing.TB, limit time.Duration, what string, ok func() (done bool, saw string)) {
	t.Helper()
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		done, saw := ok()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v; last seen: %s", what, limit, saw)
		}
		<-tick.C
	}
}
