package strategies

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

// The formats of an export: one workbook, or one file of lines for each widget.
const (
	formatXLSX  = "xlsx"
	formatCSV   = "csv"
	formatLines = "jsonl"
)

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// ExportData is the data of an export's message.
type ExportData struct {
	Kind     string `json:"kind"`
	Status   string `json:"status"` // ok, or partial: some widgets failed
	Format   string `json:"format"`
	Title    string `json:"title"`
	Language string `json:"language"`
	// XLSX is the workbook; other formats have a file a widget.
	XLSX    *StoredFile      `json:"xlsx,omitempty"`
	Rows    int              `json:"rows"` // of all widgets
	Range   *format.Range    `json:"range,omitempty"`
	MadeAt  time.Time        `json:"made_at"`
	Widgets []ReportedWidget `json:"widgets"`
	// ExporterID and JobID are the request's: not every destination has them beside the data.
	ExporterID string `json:"exporter_id,omitempty"`
	JobID      string `json:"job_id,omitempty"`
}

// exportFormat returns the format that a request asks for by export_format.
func exportFormat(req *models.Request) (string, error) {
	raw, ok := req.ExtraOf("export_format")
	if !ok {
		return formatXLSX, nil
	}
	var name string
	if err := json.Unmarshal(raw, &name); err == nil {
		switch name {
		case "":
			return formatXLSX, nil
		case formatXLSX, formatCSV, formatLines:
			return name, nil
		}
	}
	return "", fault.New(fault.Reject, models.ReasonBadValue, "export_format is not one of xlsx, csv and jsonl", nil)
}

// export stores the page's rows.
func (r *Reports) export(ctx context.Context, req *models.Request, made *report.Report, kind string) (*ExportData, error) {
	data := &ExportData{
		Kind: "export", Status: statusOf(made), Format: kind, Title: made.Title, Language: made.Language, Range: made.Range, MadeAt: made.Made,
		ExporterID: req.ExporterID, JobID: req.JobID,
	}
	at := r.placeOf("exports", req, made)
	files := make([]*StoredFile, len(made.Widgets))
	var err error
	if kind == formatXLSX {
		data.XLSX, err = at.stream(ctx, ".xlsx", xlsxType, func(w io.Writer) error { return report.WriteWorkbook(w, made) })
	} else {
		err = at.lines(ctx, made, kind, files)
	}
	if err != nil {
		return nil, err
	}
	data.Widgets = items(made)
	for i := range data.Widgets {
		data.Widgets[i].File = files[i]
		data.Rows += data.Widgets[i].Rows
	}
	return data, nil
}

// lines stores a file for each widget that has data.
func (p *place) lines(ctx context.Context, made *report.Report, kind string, files []*StoredFile) error {
	write, contentType := report.WriteCSV, "text/csv; charset=utf-8"
	if kind == formatLines {
		write, contentType = report.WriteLines, "application/jsonl"
	}
	for i := range made.Widgets {
		w := &made.Widgets[i]
		if w.Data == nil {
			continue
		}
		one := *p
		one.stem, one.name = p.stem+"-"+w.ID, p.name+"-"+w.ID
		var err error
		if files[i], err = one.stream(ctx, "."+kind, contentType, func(to io.Writer) error { return write(to, w) }); err != nil {
			return err
		}
	}
	return nil
}
