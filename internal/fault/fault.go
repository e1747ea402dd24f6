// Package fault classifies an error once, where it arises, so that retries, dead-letter
// reasons, metric labels and the text a requester sees all follow from that one decision.
//
// It is a leaf: it knows no driver, no wire format and no package of this module.
package fault

import (
	"context"
	"errors"
	"time"
)

// Class says what may be done about an error.
type Class uint8

const (
	// Permanent errors fail again however often they are tried. It is the zero
	// value: an error that nobody classified is not retried.
	Permanent Class = iota
	// Transient errors may pass by themselves: a refused connection, a failover.
	Transient
	// Throttled errors ask to slow down; RetryAfter says how long, when known.
	Throttled
	// Canceled means that the work was given up by its owner: shutdown, a lost lease.
	Canceled
	// Timeout means that the request's own time ran out.
	Timeout
	// Reject means that the request itself is at fault; it goes to the dead letters with Reason.
	Reject
)

// String returns the label that metrics and logs use.
func (c Class) String() string {
	switch c {
	case Permanent:
		return "permanent"
	case Transient:
		return "transient"
	case Throttled:
		return "throttled"
	case Canceled:
		return "canceled"
	case Timeout:
		return "timeout"
	case Reject:
		return "reject"
	}
	return "unknown"
}

// Error is a classified error.
type Error struct {
	Class Class
	// Reason is the stable, snake_case name of what happened. For Reject it is the
	// dead letter's reason; for a widget it is the code of its error object.
	Reason string
	// Safe is the sentence that the requester may read. It names no host, no path and no secret.
	Safe string
	// RetryAfter is the pause that a throttling peer asked for, or 0.
	RetryAfter time.Duration
	// Retried says that whoever returns the error has tried again in vain, so that nobody does it in place once more.
	Retried bool
	// At is the key of the request that is at fault, as it was sent, where it is one; an element of a list has its index behind it, in brackets.
	At string
	// Err is the cause, for logs only.
	Err error
}

// Error returns the reason, the safe text and the cause.
func (e *Error) Error() string {
	s := e.Reason
	if e.Safe != "" {
		s += ": " + e.Safe
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of the given class.
func New(class Class, reason, safe string, cause error) *Error {
	return &Error{Class: class, Reason: reason, Safe: safe, Err: cause}
}

// ClassOf returns the class of the outermost classified error in err's chain. Errors of the
// context package count as Canceled and Timeout, everything else as Permanent.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Permanent
}

// ReasonOf returns the reason of err, or a generic one for its class.
func ReasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Reason != "" {
		return e.Reason
	}
	switch ClassOf(err) {
	case Canceled:
		return "canceled"
	case Timeout:
		return "timeout"
	default:
		return "internal_error"
	}
}

// SafeText returns what a requester may read about err.
func SafeText(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Safe != "" {
		return e.Safe
	}
	switch ClassOf(err) {
	case Canceled:
		return "the request was canceled"
	case Timeout:
		return "the request took longer than it was allowed to"
	default:
		return "the request could not be computed; the operator's log has the cause"
	}
}
