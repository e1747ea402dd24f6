package strategies

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/alert"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
)

// Cooldowns knows what was delivered a while ago.
type Cooldowns interface {
	// Until returns for each key when its cooldown ends, zero where none runs.
	Until(ctx context.Context, keys []string) ([]time.Time, error)
	// Key returns the key that a mark keeps for a subject.
	Key(subject string) string
}

// alertData is an alert's data with what its delivery leaves behind.
type alertData struct {
	*format.Data
	once   *Once
	silent bool
}

var _ Delivery = (*alertData)(nil)

func (d *alertData) Once() *Once { return d.once }

func (d *alertData) Silent() bool { return d.silent }

// alert sends an alert's data, silent where it is cooling down. The cooldown begins with the delivery of what fires, in the same step: a
// worker that dies before leaves the alert to its successor, and one that dies after has delivered it. It is kept a reader: who looks at a
// page of alerts keeps nobody else from being told.
func (p *Page) alert(ctx context.Context, req *models.Request, w *plan.Widget, data *format.Data, out Pusher) error {
	if out.Sent(w.ID) {
		return nil
	}
	cooldown := w.Alert.Rule.Cooldown
	cools := cooldown > 0 && p.cooldowns != nil
	key := func(subject string) string { return p.cooldowns.Key(alert.ID(subject, req.RoutingKey, req.StreamTech)) }
	var until []time.Time
	if subjects := data.Alert.Subjects(); cools && len(subjects) > 0 {
		keys := make([]string, len(subjects))
		for i, s := range subjects {
			keys[i] = key(s)
		}
		var err error
		if until, err = p.cooldowns.Until(ctx, keys); err != nil {
			return fmt.Errorf("strategies: cooldown of alert %s: %w", w.ID, err)
		}
	}
	data.Settle(until)
	sent := &alertData{Data: data, silent: !data.Alert.Fired && onlyFired(req)}
	if subjects := data.Alert.Subjects(); cools && len(subjects) > 0 {
		ends := p.now().Add(cooldown).Truncate(time.Millisecond)
		sent.once = &Once{Value: strconv.FormatInt(ends.UnixMilli(), 10), For: cooldown}
		for _, s := range subjects {
			sent.once.Keys = append(sent.once.Keys, key(s))
		}
		if !onlyFired(req) {
			sent.once.Else = data.Cooled(ends)
		}
	}
	return out.Push(ctx, w.ID, sent)
}

// onlyFired says that the request wants to hear of alerts that fire alone.
func onlyFired(req *models.Request) bool {
	raw, ok := req.ExtraOf(plan.KeyOnlyFired)
	var v any
	return ok && json.Unmarshal(raw, &v) == nil && (v == true || v == "true" || v == float64(1) || v == "1")
}
