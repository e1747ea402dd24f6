package models

import (
	"strings"
	"unicode"
)

const (
	keySelectedWidgets = "selected_widgets"
	keyCancel          = "cancel_request"
	// maxCancel bounds the name of a request that is to be canceled: it is remembered for a while.
	maxCancel = 512
	// MaxOutputTTL bounds output_ttl, in seconds: a week.
	MaxOutputTTL = 7 * 24 * 3600
)

// What compare_with may be, in the catalog's words.
const (
	ComparePeriod = "prior_period"
	CompareYear   = "prior_year"
	CompareNone   = "none"
)

// Canonical returns the contract's name of a key as a producer spelled it: two keys of an object that have the same one mean the same.
func Canonical(name string) string { return canonical(name) }

// canonical returns the contract's name of a key as a producer spelled it.
func canonical(name string) string {
	s := snake(name)
	switch s {
	case "widgets_names", "widget_names":
		return keySelectedWidgets
	case "product_name":
		return "product"
	case "company_time_zone", "time_zone":
		return "timezone"
	case "db_name":
		return "dbName" // the contract's own spelling
	}
	return s
}

// snake returns the snake_case spelling of a camelCase key.
func snake(name string) string {
	switch {
	case name == "eventName": // every envelope has these two
		return keyEventName
	case name == "eventData":
		return keyEventData
	case !hasUpper(name):
		return name
	}
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			// A new word starts after a lower-case letter, and at the last capital of an abbreviation.
			if i > 0 && runes[i-1] != '_' && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hasUpper says whether a key may be camelCase; the usual one is plain ASCII.
func hasUpper(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return true
		}
	}
	return false
}

// set reads one key. What the contract does not name is kept as it came.
func (r *Request) set(name string, v value) (err error) {
	text := func(to *string) error {
		s, err := v.text()
		*to = strings.TrimSpace(s)
		return err
	}
	switch name {
	case "request_id":
		return text(&r.RequestID)
	case "queue_name":
		return text(&r.QueueName)
	case "routing_key":
		return text(&r.RoutingKey)
	case "request_timestamp":
		r.RequestTimestamp, err = v.timestamp()
	case "page_name":
		return text(&r.PageName)
	case "product":
		return text(&r.Product)
	case "company_schema":
		return text(&r.CompanySchema)
	case "company_id":
		return text(&r.CompanyID)
	case "dbName":
		return text(&r.DBName)
	case "monitor_id":
		return text(&r.MonitorID)
	case "start_date":
		return text(&r.StartDate)
	case "end_date":
		return text(&r.EndDate)
	case "timezone":
		return text(&r.TimeZone)
	case "filters":
		r.Filters, err = v.anyJSON()
	case "metrics":
		r.Metrics, err = v.anyJSON()
	case "language":
		return text(&r.Language)
	case "data_source":
		return text(&r.DataSource)
	case "data_source_name":
		return text(&r.DataSourceName)
	case keySelectedWidgets:
		var list []string
		if list, err = v.list(); err == nil {
			err = r.addWidgets(list)
		}
	case "stream_tech":
		return text(&r.StreamTech)
	case "page_alert_notification":
		return text(&r.PageAlertNotification)
	case "export_xlsx":
		r.ExportXLSX, err = v.boolean()
	case "exporter_id":
		return text(&r.ExporterID)
	case "job_id":
		return text(&r.JobID)
	case "is_live_dashboard":
		r.IsLiveDashboard, err = v.boolean()
	case "live_interval":
		r.LiveInterval, err = v.integer()
	case "live_until":
		r.LiveUntil, err = v.timestamp()
	case "live_stop":
		r.LiveStop, err = v.boolean()
	case "warm_up":
		r.WarmUp, err = v.boolean()
	case "compare_with":
		r.CompareWith, err = v.oneOf(ComparePeriod, CompareYear, CompareNone)
	case "output_ttl":
		if r.OutputTTL, err = v.integer(); err == nil && (r.OutputTTL < 0 || r.OutputTTL > MaxOutputTTL) {
			r.OutputTTL = 0
			err = v.reject(ReasonBadValue, "%s is no number of seconds from 0 to %d", v.key, MaxOutputTTL)
		}
	case "deadline_at":
		r.Deadline, err = v.moment()
	case keyCancel:
		if err = text(&r.CancelRequest); err == nil && len(r.CancelRequest) > maxCancel {
			err = v.reject(ReasonTooLarge, "%s has %d bytes, more than the limit of %d", v.key, len(r.CancelRequest), maxCancel)
		}
	case "is_newsletter_report":
		r.IsNewsletterReport, err = v.boolean()
	case "is_export_engagements":
		r.IsExportEngagements, err = v.boolean()
	case "page_number":
		r.PageNumber, err = v.integer()
	case "metadata":
		r.Metadata = v.raw
	case "widget_names_mapping":
		r.WidgetNames, err = v.object()
	default:
		r.keep(name, v.raw)
	}
	return err
}
