// Package telemetry is what a process says about itself: log lines and Prometheus metrics.
//
// It has no globals: a process makes one logger and one Metrics and hands them down. Labels are bounded:
// event, page and source names count as "other" unless they are on the list that the process gave, so
// that no producer can grow the number of series. It is not a place for business decisions.
package telemetry
