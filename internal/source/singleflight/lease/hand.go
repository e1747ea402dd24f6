package lease

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/query"
	"github.com/go-dispatcher/dispatcher/internal/source"
)

// handing is a computation that has ended, and goes to others.
type handing struct {
	*Leases
	at     keys
	mine   string
	result *source.Result
	failed error
	packed []byte
}

// pack writes the answer for others; nil where it failed, or is too large.
func (h *handing) pack() []byte {
	if h.packed == nil && h.failed == nil {
		if data, err := h.result.Encode(); err == nil && len(data) <= largest {
			h.packed = data
		}
	}
	return h.packed
}

// keep leaves the answer to those who ask later, while the lease is still held: who takes it afterwards looks for the answer in the same step.
func (h *handing) keep(ctx context.Context, share *query.Share, took time.Duration) {
	if data := h.pack(); data != nil {
		h.answers.put(ctx, h.at.name, data, share.FreshFor+share.StaleFor-took)
	}
}

// hand gives the lease back, after the answer is where others find it. What goes wrong costs others the time until the lease has run out.
func (h *handing) hand(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	both := []string{h.at.lease, h.at.waits}
	waits, err := end.Run(ctx, h.client, both, h.mine).Int()
	if err != nil || waits == 0 {
		return
	}
	answer := withheld
	if data := h.pack(); data != nil {
		answer = string(data)
	}
	if err := h.client.Set(ctx, h.at.answer+h.mine, answer, kept).Err(); err != nil {
		return
	}
	_ = drop.Run(ctx, h.client, both, h.mine).Err() // else it runs out
}
