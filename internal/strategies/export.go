package strategies

import (
	"bytes"
	"context"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// ExportData is the data of an export's message.
type ExportData struct {
	Kind     string           `json:"kind"`
	Status   string           `json:"status"` // ok, or partial: some widgets failed
	Title    string           `json:"title"`
	Language string           `json:"language"`
	XLSX     *StoredFile      `json:"xlsx"`
	Rows     int              `json:"rows"` // of all sheets
	Range    *format.Range    `json:"range,omitempty"`
	MadeAt   time.Time        `json:"made_at"`
	Widgets  []ReportedWidget `json:"widgets"`
}

// export stores the page as a workbook.
func (r *Reports) export(ctx context.Context, req *models.Request, made *report.Report) (*ExportData, error) {
	var file bytes.Buffer
	if err := report.WriteWorkbook(&file, made); err != nil {
		return nil, fault.New(fault.Permanent, "export_failed", "the workbook could not be made", err)
	}
	data := &ExportData{
		Kind: "export", Status: statusOf(made), Title: made.Title, Language: made.Language, Range: made.Range, MadeAt: made.Made, Widgets: items(made),
	}
	for _, w := range data.Widgets {
		data.Rows += w.Rows
	}
	var err error
	data.XLSX, err = r.placeOf("exports", req, made).put(ctx, ".xlsx", xlsxType, file.Bytes(), true)
	return data, err
}
