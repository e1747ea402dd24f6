package chaos

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

const pageName = "ChaosPage"

// page is the unit of work: for each widget a digest of the seed, the request's number and the widget. What a request does besides is its own
// wish: pages that panic, end the process or never end are what a worker has to outlive.
type page struct{}

var _ strategies.Strategy = page{}

// order is what a request tells the page.
type order struct {
	Seed   uint64 `json:"seed"`
	Number int    `json:"number"`
	// Do is one of the doX constants; empty for a request that behaves.
	Do string `json:"do,omitempty"`
	// Millis is how long each widget takes.
	Millis int `json:"millis,omitempty"`
}

const (
	doPanic = "panic"
	doExit  = "exit"
	doLoop  = "loop"
	// doPass fails for a passing reason once its first widget is out; the next attempt finds that one sent, and goes on.
	doPass = "pass"
	// doHuge has results of 4 MB a widget.
	doHuge = "huge"
)

func digest(seed uint64, number int, widget string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%d/%s", seed, number, widget))
	return hex.EncodeToString(sum[:12])
}

func (page) Widgets(req *models.Request) []string { return req.SelectedWidgets }

func (page) Run(ctx context.Context, req *models.Request, out strategies.Pusher) error {
	raw, _ := req.ExtraOf("chaos")
	var o order
	if err := json.Unmarshal(raw, &o); err != nil {
		return fault.New(fault.Reject, models.ReasonBadValue, "chaos is not an order", err)
	}
	resumed := len(req.SelectedWidgets) > 0 && out.Sent(req.SelectedWidgets[0])
	for i, w := range req.SelectedWidgets {
		if out.Sent(w) {
			continue
		}
		if err := sleep(ctx, time.Duration(o.Millis)*time.Millisecond); err != nil {
			return err
		}
		if last := len(req.SelectedWidgets) - 1; i == min(1, last) { // one widget is out by then, where there are two
			if err := o.misbehave(ctx, resumed || last == 0); err != nil {
				return err
			}
		}
		data := map[string]any{"kind": "chaos", "status": "ok", "digest": digest(o.Seed, o.Number, w)}
		if o.Do == doHuge {
			data["ballast"] = make([]byte, 3<<20)
		}
		if err := out.Push(ctx, w, data); err != nil {
			return err
		}
	}
	return nil
}

func (o order) misbehave(ctx context.Context, again bool) error {
	switch o.Do {
	case doPanic:
		panic("chaos: asked to panic")
	case doExit:
		os.Exit(1)
	case doLoop:
		for ctx.Err() == nil { // burns a processor until its time is over
			digest(o.Seed, o.Number, "loop")
		}
		return ctx.Err()
	case doPass:
		if !again {
			return fault.New(fault.Transient, "chaos", "", errors.New("chaos: asked to fail once"))
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
