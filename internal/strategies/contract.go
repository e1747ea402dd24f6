// Package strategies decides who computes a request: it holds the registry that the contract's
// look-up runs over, the strategy that computes a catalog page, and hand-written examples.
package strategies

import (
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// Strategy computes the widgets of one page.
//
// Run is called once a request, from many goroutines for different requests. It pushes one message a
// widget as soon as that widget is ready, in any order, and returns nil when every widget of Widgets
// has had exactly one Push or Fail. An error of class Reject sends the request to the dead letters;
// a transient one has the whole request tried again, without what was already sent.
type Strategy interface {
	// Widgets returns the ids that req asks for, in page order, known or not; the dispatcher answers
	// each of them even where Run never gets to run.
	Widgets(req *models.Request) []string
	Run(ctx context.Context, req *models.Request, out Pusher) error
}

// NewestWins is a strategy whose page may have a later request of the same tenant and routing key take the place of an earlier one.
type NewestWins interface {
	NewestWins() bool
}

// Kept is a strategy of whose answers something may be kept, so that it is of use to ask for them before somebody does.
type Kept interface {
	// Kept says whether that is so of a request, and returns the keys that decide its answers besides those that the contract names.
	Kept(req *models.Request) (parameters []string, ok bool)
}

// Delivery is data that says more of its delivery than that it is sent.
type Delivery interface {
	// Once has it delivered once in a while, whoever asks; nil where it may be repeated.
	Once() *Once
	// Silent says that nothing is to be sent: the widget has ended, and its reader has not asked to hear of that.
	Silent() bool
}

// Once are keys that are set in the same step in which the data is delivered, both or neither, and keep it from being delivered again.
type Once struct {
	Keys  []string
	Value string
	For   time.Duration
	// Else is delivered in place of the data where another request was first; nil is nothing.
	Else any
}

// Content is implemented by data that says more than what its readers are to see change, such as its age and its cost.
type Content interface {
	// Content returns what counts, equal data having equal JSON of it, and how fresh it is where the data says that.
	Content() (content any, asOf time.Time)
}

// Pusher takes a strategy's results. It may be used from several goroutines.
type Pusher interface {
	// Sent says that an earlier attempt has already sent this widget: it need not be computed again.
	Sent(widget string) bool
	// Push sends a widget's data, any value that marshals to JSON.
	Push(ctx context.Context, widget string, data any) error
	// Fail sends a widget's error in place of its data.
	Fail(ctx context.Context, widget string, err error) error
	// Written is closed when all that was sent so far is where its reader finds it, or could not be brought there; nil where nothing is on its way.
	Written() <-chan struct{}
}
