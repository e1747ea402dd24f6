package idle_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/idle"
)

const quiet = 250 * time.Millisecond

// What runs in the background begins when it has been quiet for long enough, counted from the last end.
func TestItBeginsAfterQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := idle.New(quiet)
		ends := []func(){w.Begin(), w.Begin()}
		for i, end := range ends {
			go func() {
				time.Sleep(time.Duration(i+1) * time.Second)
				end()
			}()
		}
		begin := time.Now()
		_, done, err := w.Wait(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		done()
		if waited := time.Since(begin); waited != 2*time.Second+quiet {
			t.Errorf("it began after %s", waited)
		}
	})
}

// It gives way the moment that something begins, and waits for quiet again.
func TestItGivesWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := idle.New(quiet)
		running, done, err := w.Wait(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		end := w.Begin()
		if cause := context.Cause(running); !errors.Is(cause, idle.ErrOver) {
			t.Errorf("it goes on: %v", cause)
		}
		done()
		end()
		begin := time.Now()
		running, done, err = w.Wait(t.Context(), 0)
		if err != nil || running.Err() != nil || time.Since(begin) != quiet {
			t.Errorf("it did not wait for quiet again: %v, %v after %s", err, running.Err(), time.Since(begin))
		}
		done()
		if cause := context.Cause(running); !errors.Is(cause, context.Canceled) {
			t.Errorf("its context ended for %v", cause)
		}
	})
}

// One runs at a time, and who waits is given up with its own context.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := idle.New(0)
		_, done, err := w.Wait(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := w.Wait(short, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("two run: %v", err)
		}
		second := make(chan error)
		go func() {
			_, done, err := w.Wait(t.Context(), 0)
			if err == nil {
				done()
			}
			second <- err
		}()
		synctest.Wait()
		done()
		if err := <-second; err != nil {
			t.Error(err)
		}
	})
}

// Who does not want to wait for ever is told that there was no quiet moment.
func TestItIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := idle.New(quiet)
		end := w.Begin()
		defer end()
		begin := time.Now()
		if _, _, err := w.Wait(t.Context(), time.Minute); !errors.Is(err, idle.ErrBusy) || time.Since(begin) != time.Minute {
			t.Errorf("%v after %s", err, time.Since(begin))
		}
	})
}

// Without a watch nothing is noted, and nothing waited for.
func TestNoWatch(t *testing.T) {
	t.Parallel()
	var none *idle.Watch
	defer none.Begin()()
	ctx, done, err := none.Wait(t.Context(), 0)
	if err != nil || ctx.Err() != nil {
		t.Errorf("%v, %v", err, ctx.Err())
	}
	done()
}
