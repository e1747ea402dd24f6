package feed

import (
	"context"
	"time"
)

// wakeAgain is how long the waker waits for the reader before it ends its read once more: the first time may have come before the read.
const wakeAgain = time.Millisecond

// waker ends the reader's waiting, from another connection, where other topics are to be read than it has asked for.
func (n *node) waker(ctx context.Context) {
	for {
		select {
		case <-n.kick:
		case <-ctx.Done():
			return
		}
		for n.built.Load() < n.wanted.Load() && ctx.Err() == nil {
			id := n.waiting.Load()
			if id == 0 {
				sleep(ctx, wakeAgain)
				if n.epochNow() == "" {
					break // a new connection asks for all
				}
				continue
			}
			if err := n.client.ClientUnblock(ctx, id).Err(); err != nil {
				break // the read ends by itself soon
			}
			if n.built.Load() < n.wanted.Load() {
				sleep(ctx, wakeAgain)
			}
		}
	}
}
