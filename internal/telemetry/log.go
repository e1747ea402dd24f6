package telemetry

import (
	"io"
	"log/slog"
)

// The names of log attributes. Everything that logs one of these things uses the constant.
const (
	KeyRequest    = "request_id"
	KeyRoutingKey = "routing_key"
	KeyEvent      = "event"
	KeyPage       = "page"
	KeyWidget     = "widget"
	KeyEntry      = "entry"
	KeyConsumer   = "consumer"
	KeySource     = "source"
	KeyReason     = "reason"
	KeyError      = "error"
)

// NewLogger returns a logger that writes one line a record: an object where format is "json",
// else key=value text. Writers must be safe for the lines of many goroutines; slog writes each at once.
func NewLogger(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// Err is the attribute of an error.
func Err(err error) slog.Attr {
	if err == nil {
		return slog.String(KeyError, "")
	}
	return slog.String(KeyError, err.Error())
}
