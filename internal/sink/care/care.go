// Package care delivers widgets to the Redis hash that the customer-care API polls: one field a
// widget, complete when there are as many fields as widgets were asked for.
package care

import (
	"github.com/go-dispatcher/dispatcher/internal/commit"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/sink"
)

// The contract's times to live, in seconds.
const (
	runningTTL  = 86_400
	completeTTL = 3_600
)

// Key returns the hash of a job.
func Key(companyID, jobID string) string {
	return "PublicApis:" + companyID + ":ENGAGEMENTS:" + jobID + ":metrics"
}

// Sink sets one field a widget.
type Sink struct{}

var _ sink.Sink = Sink{}

// Name returns "care".
func (Sink) Name() string { return "care" }

// Check refuses an address whose hash nobody could find.
func (Sink) Check(to sink.Address) error {
	switch {
	case to.CompanyID == "":
		return fault.New(fault.Reject, models.ReasonMissingTenant, "company_id is missing", nil)
	case to.JobID == "":
		return fault.New(fault.Reject, models.ReasonBadValue, "job_id is missing", nil)
	}
	return nil
}

// Write sets the widget's field. The closing message is left out: a further field
// would make the reader's count come out wrong.
func (Sink) Write(m *sink.Message) []commit.Op {
	if m.Closing {
		return nil
	}
	return []commit.Op{commit.SetField{
		Key: Key(m.Address.CompanyID, m.Address.JobID), Field: m.Widget, Value: m.Data(),
		TTL: runningTTL, CompleteAt: int64(m.Address.Widgets), CompleteTTL: completeTTL,
	}}
}

// Finish has nothing to do: the number of fields tells.
func (Sink) Finish(sink.Address) []commit.Op { return nil }
