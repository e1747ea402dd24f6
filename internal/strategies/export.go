package strategies

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

// formatXLSX is the format of one workbook for the page; the others have a file a widget.
const formatXLSX = "xlsx"

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

// exportFormat returns the format that a request asks for by export_format: nil is a workbook.
func exportFormat(req *models.Request) (*report.FileFormat, error) {
	raw, ok := req.ExtraOf("export_format")
	if !ok {
		return nil, nil //nolint:nilnil // as the comment has it
	}
	var name string
	if err := json.Unmarshal(raw, &name); err == nil && (name == "" || name == formatXLSX) {
		return nil, nil //nolint:nilnil // as above
	}
	allowed := []string{formatXLSX}
	for _, f := range report.FileFormats() {
		if f.Name == name {
			return &f, nil
		}
		allowed = append(allowed, f.Name)
	}
	return nil, fault.New(fault.Reject, models.ReasonBadValue, "export_format is not one of "+strings.Join(allowed, ", "), nil)
}

// export stores the page's rows.
func (r *Reports) export(ctx context.Context, req *models.Request, made *report.Report, kind *report.FileFormat) (*ExportData, error) {
	data := &ExportData{
		Kind: "export", Status: statusOf(made), Format: formatXLSX, Title: made.Title, Language: made.Language, Range: made.Range, MadeAt: made.Made,
		ExporterID: req.ExporterID, JobID: req.JobID,
	}
	at := r.placeOf("exports", req, made)
	files := make([]*StoredFile, len(made.Widgets))
	var err error
	if kind == nil {
		data.XLSX, err = r.workbook(ctx, at, made)
	} else {
		data.Format = kind.Name
		err = at.each(ctx, made, kind, files)
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

// workbook stores the page as one.
func (r *Reports) workbook(ctx context.Context, at *place, made *report.Report) (stored *StoredFile, err error) {
	if r.Temp != nil {
		if made.Temp, err = r.Temp(); err != nil {
			return nil, fault.New(fault.Permanent, "export_failed", "there is no place for a workbook while it is made", err)
		}
	}
	return at.stream(ctx, ".xlsx", xlsxType, func(w io.Writer) error { return report.WriteWorkbook(w, made) })
}

// each stores a file for each widget that has data.
func (p *place) each(ctx context.Context, made *report.Report, kind *report.FileFormat, files []*StoredFile) error {
	for i := range made.Widgets {
		w := &made.Widgets[i]
		if w.Data == nil {
			continue
		}
		one := *p
		one.stem, one.name = p.stem+"-"+w.ID, p.name+"-"+w.ID
		var err error
		if files[i], err = one.stream(ctx, "."+kind.Name, kind.ContentType, func(to io.Writer) error { return kind.Write(to, made, w) }); err != nil {
			return err
		}
	}
	return nil
}
