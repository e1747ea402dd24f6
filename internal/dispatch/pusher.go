package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/consumer"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/strategies"
)

// The ledger's notes: noteOK is that of a widget that was sent with data, noteSilent that of one that has ended, and of which its reader has not asked
// to hear; any other note is an error code. A live dashboard's have a mark behind them. What is unchanged in one is not sent, so
// that no ledger knows it.
const (
	noteOK        = "ok"
	noteSilent    = "silent"
	noteUnchanged = "unchanged"
)

// pusher takes a strategy's results, sends each at once and keeps count for the closing message.
type pusher struct {
	d    *Dispatcher
	j    *job
	emit consumer.Emitter

	mu sync.Mutex
	// ends are the asked widgets in their order, and whatever else a strategy sent.
	ends []end
	// open counts the asked widgets that have had no message yet.
	open int
	// held is the last asked widget's output: it goes out with the acknowledgement, which follows at once.
	held []commit.Output
}

// end is how a widget ended.
type end struct {
	widget string
	ended  bool
	note   string // noteOK, noteUnchanged or an error code
	said   mark   // of a live dashboard's widget
	text   string // safe text of a failed widget
}

var _ strategies.Pusher = (*pusher)(nil)

func newPusher(d *Dispatcher, j *job, emit consumer.Emitter) *pusher {
	p := &pusher{d: d, j: j, emit: emit, ends: make([]end, len(j.widgets)), open: len(j.widgets)}
	for i, w := range j.widgets {
		p.ends[i].widget = w
		if len(j.earlier) == 0 {
			continue
		}
		if note, ok := j.earlier[j.event(w)]; ok {
			p.ends[i].ended = true
			note, said, _ := strings.Cut(note, " ")
			p.ends[i].note, p.ends[i].said = note, mark(said)
			p.open--
		}
	}
	return p
}

// find returns what is known of a widget; nil where it was not asked for. Requests ask for tens of them.
func (p *pusher) find(widget string) *end {
	for i := range p.ends {
		if p.ends[i].widget == widget {
			return &p.ends[i]
		}
	}
	return nil
}

// Sent says that the widget has had its message, in this attempt or an earlier one.
func (p *pusher) Sent(widget string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.find(widget)
	return e != nil && e.ended
}

// Push sends a widget's data.
func (p *pusher) Push(ctx context.Context, widget string, data any) error {
	encoded, err := models.Encode(data)
	if err != nil {
		return p.Fail(ctx, widget, fault.New(fault.Permanent, "encoding_failed", "", fmt.Errorf("encode widget %s: %w", widget, err)))
	}
	defer encoded.Release()
	note, once, said := noteOK, (*strategies.Once)(nil), p.j.mark(data)
	if d, ok := data.(strategies.Delivery); ok {
		if once = d.Once(); d.Silent() {
			note = noteSilent
		}
	}
	if kept, unchanged := p.j.unchanged(widget, said); unchanged && once == nil && note == noteOK {
		p.claim(ctx, end{widget: widget, note: noteUnchanged, said: kept})
		return nil
	}
	if !p.claim(ctx, end{widget: widget, note: note, said: said}) {
		return nil
	}
	out := p.output(widget, noted(note, said), p.claimed(ctx, widget, encoded.JSON()))
	if note == noteSilent {
		out.Ops = nil // the ledger knows that it has ended
	}
	if once != nil && p.j.sink != nil {
		out.Unless = &commit.Unless{Keys: once.Keys, Value: once.Value, TTL: once.For}
		if once.Else != nil {
			other, err := models.Encode(once.Else)
			if err != nil {
				return fault.New(fault.Permanent, "encoding_failed", "", fmt.Errorf("encode widget %s: %w", widget, err))
			}
			out.Unless.Else = p.output(widget, note, other.JSON()).Ops
			other.Release()
		}
	}
	return p.send(ctx, out)
}

// noted is what the ledger keeps of a widget.
func noted(note string, said mark) string {
	if said == "" {
		return note
	}
	return note + " " + string(said)
}

// Fail sends a widget's error in place of its data.
func (p *pusher) Fail(ctx context.Context, widget string, err error) error {
	p.d.Log.LogAttrs(ctx, slog.LevelWarn, "widget failed", p.j.attrs(
		slog.String("widget", widget), slog.String("code", fault.ReasonOf(err)), slog.Any("error", err))...)
	failed := p.failed(widget, err)
	if _, unchanged := p.j.unchanged(widget, failed.said); unchanged {
		failed.note = noteUnchanged
		p.claim(ctx, failed)
		return nil
	}
	if !p.claim(ctx, failed) {
		return nil
	}
	out := p.errorOutput(widget, err)
	out.Note = noted(failed.note, failed.said)
	return p.send(ctx, out)
}

// failed is the end of a widget that failed.
func (p *pusher) failed(widget string, err error) end {
	code := fault.ReasonOf(err)
	return end{widget: widget, note: code, text: p.j.says(err), said: p.j.mark("failed: " + code)}
}

// claim notes a widget's end; false when it has had one: a second result is not sent.
func (p *pusher) claim(ctx context.Context, how end) bool {
	how.ended = true
	p.mu.Lock()
	e := p.find(how.widget)
	done := e != nil && e.ended
	switch {
	case e == nil:
		p.ends = append(p.ends, how)
	case !done:
		*e = how
		p.open--
	}
	p.mu.Unlock()
	if done {
		p.d.Log.LogAttrs(ctx, slog.LevelWarn, "widget sent twice; the second result is dropped",
			p.j.attrs(slog.String("widget", how.widget))...)
		return false
	}
	if p.d.Observer != nil {
		p.d.Observer.Widget(p.j.page(), how.note, p.d.Now().Sub(p.j.started))
	}
	return true
}

// send emits an output at once, unless it is the last one: that one travels with the acknowledgement.
func (p *pusher) send(ctx context.Context, out commit.Output) error {
	if p.j.sink == nil {
		return nil
	}
	p.mu.Lock()
	last := p.open == 0
	if last {
		p.held = append(p.held, out)
	}
	p.mu.Unlock()
	if last {
		return nil
	}
	return p.emit.Emit(ctx, out)
}

// Written is closed when all that was emitted is. What is held is on its way when the strategy returns.
func (p *pusher) Written() <-chan struct{} { return p.emit.Written() }

func (p *pusher) takeHeld() []commit.Output {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.held
	p.held = nil
	return held
}

// missing lists the asked widgets that have had no message yet.
func (p *pusher) missing() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.ends {
		if !p.ends[i].ended {
			list = append(list, p.ends[i].widget)
		}
	}
	return list
}

// silent says that all widgets have ended without a message.
func (p *pusher) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ends) > 0 && !slices.ContainsFunc(p.ends, func(e end) bool { return e.note != noteSilent })
}

// failure notes and returns a widget's error message for the final commit.
func (p *pusher) failure(ctx context.Context, widget string, err error) commit.Output {
	p.claim(ctx, p.failed(widget, err))
	return p.errorOutput(widget, err)
}

// said returns what the widgets of a round have said, and which of them said nothing new.
func (p *pusher) said() (marks map[string]mark, unchanged []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	marks = make(map[string]mark, len(p.ends))
	for _, e := range p.ends {
		marks[e.widget] = e.said
		if e.note == noteUnchanged {
			unchanged = append(unchanged, e.widget)
		}
	}
	return marks, unchanged
}
