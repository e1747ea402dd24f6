package dispatch

import (
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/models"
)

// class is that of a request, as it asks to be answered.
func (j *job) class() models.Class {
	switch {
	case j.req.WarmUp:
		return models.Refresh
	case j.req.Exports(), j.req.Reports():
		return models.Export
	case j.further(), strings.EqualFold(j.req.Product, productAlerts):
		return models.Refresh
	}
	return models.Interactive
}

const productAlerts = "Alerts"
