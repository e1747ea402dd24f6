package strategies

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// ReportWidget is the one message of a request for a newsletter report, after the double underscore.
const ReportWidget = "Report"

// Printer makes a PDF of an HTML document that needs nothing else.
type Printer interface {
	Print(ctx context.Context, html []byte) (pdf []byte, err error)
}

// Reports is what newsletter reports are made with.
type Reports struct {
	// Store keeps the files; nil where no place is configured, which fails the request.
	Store storage.Store
	// Printer is nil where no browser is found: reports are HTML alone then.
	Printer Printer
	// Brand holds the white-label fields by their names in outputs.
	Brand map[string]string
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
	HTML    *ReportFile     `json:"html"`
	PDF     *ReportFile     `json:"pdf,omitempty"`
	Range   *format.Range   `json:"range,omitempty"`
	MadeAt  time.Time       `json:"made_at"`
	Widgets []ReportedItem  `json:"widgets"`
	Notices []format.Notice `json:"notices,omitempty"`
}

// ReportFile is one stored file.
type ReportFile struct {
	URL         string    `json:"url"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256"`
	Bytes       int64     `json:"bytes"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
}

// ReportedItem says how one widget of the report ended.
type ReportedItem struct {
	Widget string `json:"widget"`
	Status string `json:"status"` // ok, empty, partial, error
	Code   string `json:"code,omitempty"`
}

// newsletter answers a request with is_newsletter_report by one message, whatever else by the page.
type newsletter struct {
	*Page
	with *Reports
}

// Widgets returns the one message of a report, else the page's.
func (n *newsletter) Widgets(req *models.Request) []string {
	if req.IsNewsletterReport {
		return []string{ReportWidget}
	}
	return n.Page.Widgets(req)
}

// Run makes and stores the report. A report of widgets that have all failed is none: it fails as the first of them did.
func (n *newsletter) Run(ctx context.Context, req *models.Request, out Pusher) error {
	if !req.IsNewsletterReport {
		return n.Page.Run(ctx, req, out)
	}
	if out.Sent(ReportWidget) {
		return nil
	}
	if n.with.Store == nil {
		return out.Fail(ctx, ReportWidget, fault.New(fault.Permanent, storage.ReasonConfig,
			"no place for files is configured: set APP_MINIO_ENDPOINT and APP_MINIO_ENGAGEMENT_BUCKET, or APP_DISPATCHER_FILES", nil))
	}
	made, failed, err := n.Report(ctx, req, n.with.Brand)
	if err != nil {
		return err
	}
	if len(failed) == len(made.Widgets) && len(failed) > 0 {
		return out.Fail(ctx, ReportWidget, failed[0])
	}
	data, err := n.with.store(ctx, req, made)
	if err != nil {
		if ctx.Err() != nil || fault.ClassOf(err) == fault.Transient || fault.ClassOf(err) == fault.Throttled {
			return err // the request is tried again
		}
		return out.Fail(ctx, ReportWidget, err)
	}
	return out.Push(ctx, ReportWidget, data)
}

// store puts the report's files where they are kept. Their names cannot be guessed.
func (r *Reports) store(ctx context.Context, req *models.Request, made *report.Report) (*ReportData, error) {
	var html bytes.Buffer
	if err := report.Write(&html, made); err != nil {
		return nil, fault.New(fault.Permanent, "report_failed", "the report could not be made", err)
	}
	data := &ReportData{
		Kind: "report", Status: "ok", Title: made.Title, Language: made.Language, Range: made.Range, MadeAt: made.Made, Widgets: items(made),
	}
	if slices.ContainsFunc(data.Widgets, func(i ReportedItem) bool { return i.Code != "" }) {
		data.Status = "partial"
	}
	tenant := req.Tenant()
	if tenant == "" {
		tenant = "all"
	}
	day := made.Made.UTC().Format(time.DateOnly)
	stem := PageName(req.PageName) + "-" + rand.Text()
	put := func(ext, contentType string, content []byte, name string) (*ReportFile, error) {
		stored, err := r.Store.Put(ctx, storage.File{Key: storage.Key("reports", tenant, day, stem+ext), ContentType: contentType, Name: name}, bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		return &ReportFile{URL: stored.Link, ContentType: contentType, SHA256: stored.SHA256, Bytes: stored.Bytes, ExpiresAt: stored.Expires}, nil
	}
	var err error
	if data.HTML, err = put(".html", "text/html; charset=utf-8", html.Bytes(), ""); err != nil {
		return nil, err
	}
	pdf, err := r.print(ctx, html.Bytes())
	if err != nil {
		return nil, err
	}
	data.Notices = pdf.notices
	if pdf.content != nil {
		data.PDF, err = put(".pdf", "application/pdf", pdf.content, storage.Key(PageName(req.PageName)+"-"+day+".pdf"))
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

func items(r *report.Report) []ReportedItem {
	out := make([]ReportedItem, len(r.Widgets))
	for i, w := range r.Widgets {
		out[i] = ReportedItem{Widget: w.ID, Status: "error", Code: w.Code}
		if w.Data != nil {
			out[i] = ReportedItem{Widget: w.ID, Status: w.Data.Status}
		}
	}
	return out
}

// Report computes the page's asked widgets for a report, in page order. failed are the errors of the widgets that could not be
// computed; they are in the report too.
func (p *Page) Report(ctx context.Context, req *models.Request, brand map[string]string) (made *report.Report, failed []error, err error) {
	now := p.now()
	planned, err := plan.Build(req, p.page, p.snapshot.Catalog, now)
	if err != nil {
		return nil, nil, err
	}
	made = &report.Report{
		Title: labelOf(p.page.Label, req.Language, p.page.Key.Page), Language: req.Language, Filters: req.Filters, Made: now.UTC(),
		Brand: brand, Widgets: make([]report.Widget, len(planned.Widgets)),
	}
	at := make(map[string]int, len(planned.Widgets))
	for i := range planned.Widgets {
		w := &planned.Widgets[i]
		at[w.ID] = i
		made.Widgets[i].ID = w.ID
		if w.Spec != nil {
			made.Widgets[i].Title = labelOf(w.Spec.Title, req.Language, w.ID)
		}
		if made.Range == nil && !w.Range.From.IsZero() {
			made.Range = &format.Range{From: w.Range.From, To: w.Range.To, Zone: w.Zone}
		}
	}
	var mu sync.Mutex
	var collect engine.Done = func(ctx context.Context, w *plan.Widget, data *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		item := &made.Widgets[at[w.ID]]
		if err == nil {
			item.Data = data
			return nil
		}
		if fault.ClassOf(err) == fault.Canceled && ctx.Err() != nil {
			return err
		}
		item.Error, item.Code = fault.SafeText(err), fault.ReasonOf(err)
		failed = append(failed, err)
		return nil
	}
	err = p.snapshot.Engine.Run(ctx, planned, func(string) bool { return false }, collect)
	return made, failed, err
}

// labelOf returns a text in the asked language, else in English, else the name.
func labelOf(labels map[string]string, language, name string) string {
	for _, l := range []string{language, "en"} {
		if s := labels[l]; s != "" {
			return s
		}
	}
	return name
}
