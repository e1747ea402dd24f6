package models

import "time"

// Request is one decoded request: the envelope of a producer, or a flat customer-care object,
// with its loose types made firm. Raw JSON is kept where the contract says "any JSON".
type Request struct {
	EventName string
	// RequestID is the producer's own id (request_id), empty where there is none.
	RequestID string
	QueueName string
	// RoutingKey names the reader: the suffix of the output stream, or of the poll buffer.
	RoutingKey string
	// RequestTimestamp is when the producer made the request; zero where it did not say.
	RequestTimestamp time.Time
	PageName         string
	Product          string
	CompanySchema    string
	CompanyID        string
	DBName           string
	MonitorID        string
	// StartDate and EndDate are as sent (text or digits); plan parses them in the request's zone.
	StartDate string
	EndDate   string
	// TimeZone is the IANA name as sent (timezone, time_zone or company_time_zone), or empty.
	TimeZone string
	// Filters and Metrics are JSON, unpacked where they came as a JSON string; nil where absent or empty.
	Filters               []byte
	Metrics               []byte
	Language              string
	DataSource            string
	DataSourceName        string
	SelectedWidgets       []string
	StreamTech            string
	PageAlertNotification string
	ExportXLSX            bool
	ExporterID            string
	JobID                 string
	IsLiveDashboard       bool
	// LiveInterval is the pause between the rounds of a live dashboard in seconds, LiveUntil their end; 0 and zero are the defaults.
	LiveInterval int
	LiveUntil    time.Time
	// CompareWith (compare_with) is what widgets that compare are compared with: ComparePeriod, CompareYear or CompareNone; empty is what the catalog says.
	CompareWith string
	// OutputTTL (output_ttl) is how many seconds the output stream is kept after its last message; 0 is as long as nobody removes it.
	OutputTTL int
	// Deadline (deadline_at) is when the answer is not worth anything any more; zero is never.
	Deadline time.Time
	// CancelRequest names the request that this one cancels, in place of being answered.
	CancelRequest string
	// WarmUp (warm_up) has the page computed for what is kept of it: its widgets are not sent, and it gives way to whatever somebody waits for.
	WarmUp bool
	// LiveStop ends the live dashboard of the same routing key and page, in place of being answered.
	LiveStop            bool
	IsNewsletterReport  bool
	IsExportEngagements bool
	PageNumber          int
	// Metadata is handed through to every output.
	Metadata []byte
	// WidgetNames maps an internal widget name to the label that the producer wants (customer care).
	WidgetNames map[string]string
	// CustomerCare says that the request came as the flat object: its results go to the hash
	// that the customer-care API polls.
	CustomerCare bool
	// Extra holds every other key as it came, under its snake_case name.
	Extra []Member
}

// ExtraOf returns the value of a key that the contract does not name, as JSON.
func (r *Request) ExtraOf(name string) (raw []byte, ok bool) {
	for i := range r.Extra {
		if r.Extra[i].Name == name {
			return r.Extra[i].Value, true
		}
	}
	return nil, false
}

// Event returns the name of the event that another accepted name stands for.
func (r *Request) Event() string { return otherName(r.EventName) }

// Exports says that the answer is a file with all rows, in place of a message a widget. A flat request's never is: its readers
// count a field for each widget.
func (r *Request) Exports() bool {
	return !r.CustomerCare && (r.ExportXLSX || r.IsExportEngagements || r.Event() == "calc_export")
}

// Reports says that the answer is the page as a report.
func (r *Request) Reports() bool { return !r.CustomerCare && r.IsNewsletterReport }

// Live says that the page is answered in rounds. Files are not: each round would make another one.
func (r *Request) Live() bool {
	return r.IsLiveDashboard && !r.CustomerCare && !r.Exports() && !r.Reports() && !r.WarmUp
}

// ListeningKey is the key that the readers of a routing key keep alive while they read, so that live dashboards are answered again.
func ListeningKey(routingKey string) string { return "EVENT::LISTENING::" + routingKey }

// Tenant returns company_id, else company_schema, else dbName.
func (r *Request) Tenant() string {
	for _, t := range []string{r.CompanyID, r.CompanySchema, r.DBName} {
		if t != "" {
			return t
		}
	}
	return ""
}
