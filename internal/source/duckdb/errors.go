package duckdb

import (
	"context"
	"errors"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// classify decides once what may be done about an error of this store.
func classify(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return fault.New(fault.Canceled, "canceled", "", err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.Timeout, "source_timeout", "the data source took longer than it was allowed to", err)
	}
	var e *driver.Error
	if !errors.As(err, &e) {
		return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
	}
	switch e.Type {
	case driver.ErrorTypeInterrupt:
		return fault.New(fault.Canceled, "canceled", "", err)
	case driver.ErrorTypeOutOfMemory:
		return fault.New(fault.Permanent, "source_limit", "the query needs more memory than it may use", err)
	case driver.ErrorTypeCatalog, driver.ErrorTypeBinder:
		return fault.New(fault.Permanent, "source_schema", "the data source lacks a table or a column that the catalog names", err)
	case driver.ErrorTypeIO, driver.ErrorTypeInvalidInput, driver.ErrorTypeConversion:
		return fault.New(fault.Permanent, "source_bad_data", "the data source's file is missing or cannot be read", err)
	default:
		return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
	}
}
