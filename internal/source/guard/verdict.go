package guard

import (
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// verdict is what one call shows about the server.
type verdict uint8

const (
	unknown  verdict = iota // nothing: the call was given up, or never left this process
	worked                  // it answers what it is asked
	answered                // it was reached, and refused this
	failed                  // it cannot be reached, or takes too long
)

// reasonChanged does not say what its class does: an object that changed was read. A panic, which is permanent too, is nobody's answer.
const reasonChanged = "source_changed"

// judge says what an error shows about the server, after so much time of its own. A call may take as long as limit; one that was
// given less than half of that, by its request's own deadline or because it had to wait for its turn, blames nobody.
func judge(err error, took, limit time.Duration) verdict {
	if err == nil {
		return worked
	}
	switch fault.ClassOf(err) {
	case fault.Transient:
		if fault.ReasonOf(err) == reasonChanged {
			return answered
		}
		return failed
	case fault.Timeout:
		if took >= limit/2 {
			return failed
		}
	case fault.Permanent, fault.Throttled:
		if fault.ReasonOf(err) != fault.ReasonPanic {
			return answered
		}
	case fault.Canceled, fault.Reject:
	}
	return unknown
}
