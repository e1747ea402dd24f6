package strategies

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// Printer makes a PDF of an HTML document that needs nothing else.
type Printer interface {
	Print(ctx context.Context, html []byte) (pdf []byte, err error)
}

// Reports is what newsletter reports and workbooks are made with.
type Reports struct {
	// Store keeps the files; nil where no place is configured, which fails the request.
	Store storage.Store
	// Printer is nil where no browser is found: reports are HTML alone then.
	Printer Printer
	// Brand holds the white-label fields by their names in outputs.
	Brand map[string]string
	// Temp returns a folder where large workbooks wait until they are whole; nil is the system's.
	Temp func() (string, error)
	// Log is told why there is no PDF; nil is nobody.
	Log *slog.Logger
}

// ReportData is the data of a report's message.
type ReportData struct {
	Kind     string `json:"kind"`
	Status   string `json:"status"` // ok, or partial: some widgets failed
	Title    string `json:"title"`
	Language string `json:"language"`
	// HTML and PDF are the files; there may be no PDF, which a notice explains.
	HTML    *StoredFile      `json:"html"`
	PDF     *StoredFile      `json:"pdf,omitempty"`
	Range   *format.Range    `json:"range,omitempty"`
	MadeAt  time.Time        `json:"made_at"`
	Widgets []ReportedWidget `json:"widgets"`
	Notices []format.Notice  `json:"notices,omitempty"`
}

// newsletter stores the page as HTML, and as PDF where it can be printed.
func (r *Reports) newsletter(ctx context.Context, req *models.Request, made *report.Report) (*ReportData, error) {
	var html bytes.Buffer
	if err := report.Write(&html, made); err != nil {
		return nil, fault.New(fault.Permanent, "report_failed", "the report could not be made", err)
	}
	data := &ReportData{
		Kind: "report", Status: statusOf(made), Title: made.Title, Language: made.Language, Range: made.Range, MadeAt: made.Made, Widgets: items(made),
	}
	at := r.placeOf("reports", req, made)
	var err error
	if data.HTML, err = at.put(ctx, ".html", "text/html; charset=utf-8", bytes.NewReader(html.Bytes()), false); err != nil {
		return nil, err
	}
	pdf, err := r.print(ctx, html.Bytes())
	if err != nil {
		return nil, err
	}
	data.Notices = pdf.notices
	if pdf.content != nil {
		data.PDF, err = at.put(ctx, ".pdf", "application/pdf", bytes.NewReader(pdf.content), true)
	}
	return data, err
}

type printed struct {
	content []byte
	notices []format.Notice
}

// print makes the PDF, or says why there is none: a browser that is missing or fails costs the PDF, not the report.
func (r *Reports) print(ctx context.Context, html []byte) (printed, error) {
	if r.Printer == nil {
		return printed{notices: []format.Notice{{Severity: "info", Code: "no_pdf", Text: "There is no PDF: no browser is installed where reports are made."}}}, nil
	}
	pdf, err := r.Printer.Print(ctx, html)
	switch {
	case err == nil:
		return printed{content: pdf}, nil
	case ctx.Err() != nil:
		return printed{}, err
	}
	if r.Log != nil {
		r.Log.WarnContext(ctx, "a report has no PDF", slog.Any("error", err))
	}
	return printed{notices: []format.Notice{{Severity: "warning", Code: "no_pdf", Text: "There is no PDF: " + fault.SafeText(err) + "."}}}, nil
}
