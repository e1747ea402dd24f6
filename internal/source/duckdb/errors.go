package duckdb

import (
	"context"
	"errors"
	"fmt"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// ended classifies an error of a statement that ctx may have ended: the driver says only that it was interrupted.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return classify(fmt.Errorf("%w (%s)", ctx.Err(), err.Error())) //nolint:errorlint // the context's error is the cause
	}
	return classify(err)
}

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
	case driver.ErrorTypeFatal:
		return fatal(e, err)
	case driver.ErrorTypeInterrupt:
		return fault.New(fault.Canceled, "canceled", "", err)
	case driver.ErrorTypeOutOfMemory:
		return fault.New(fault.Permanent, "source_limit", "the query needs more memory than it may use: ask for a shorter range or fewer groups, or raise the source's memory_limit", err)
	case driver.ErrorTypeCatalog, driver.ErrorTypeBinder:
		return fault.New(fault.Permanent, "source_schema", "the data source lacks a table or a column that the catalog names", err)
	case driver.ErrorTypeIO, driver.ErrorTypeInvalidInput, driver.ErrorTypeConversion, driver.ErrorTypeInvalid:
		return fault.New(fault.Permanent, "source_bad_data", "the data source's file is missing or cannot be read", err)
	default:
		return fault.New(fault.Permanent, "source_error", "the data source could not compute this", err)
	}
}
