package app

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/config"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

// TestAConsumerSaysWhatItsBrokerCannotWaitFor: a setting that the server does not know ends the start, with what to do; nothing is served by less than what was asked for.
func TestAConsumerSaysWhatItsBrokerCannotWaitFor(t *testing.T) {
	t.Parallel()
	env := settings(testenv.StartRedis(t).Addr, map[string]string{"APP_DISPATCHER_WAIT_FSYNC": "true"})
	c, err := config.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, config.Options{Required: config.ProcessVariables()})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(t.Context(), c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	err = w.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "APP_DISPATCHER_WAIT_FSYNC") || !strings.Contains(err.Error(), "append") {
		t.Errorf("it starts: %v", err)
	}
}
