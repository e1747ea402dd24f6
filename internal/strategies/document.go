package strategies

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/engine"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/locale"
	"github.com/go-dispatcher/dispatcher/internal/models"
	"github.com/go-dispatcher/dispatcher/internal/plan"
	"github.com/go-dispatcher/dispatcher/internal/report"
	"github.com/go-dispatcher/dispatcher/internal/storage"
	"github.com/go-dispatcher/dispatcher/internal/strategies/key"
)

// The one message of a request for a document, after the double underscore.
const (
	ReportWidget = "Report" // is_newsletter_report
	ExportWidget = "Export" // export_xlsx, is_export_engagements and calc_export
)

// StoredFile is one stored file.
type StoredFile struct {
	URL         string    `json:"url"`
	ContentType string    `json:"content_type"`
	SHA256      string    `json:"sha256"`
	Bytes       int64     `json:"bytes"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
}

// ReportedWidget says how one widget of a document ended.
type ReportedWidget struct {
	Widget string `json:"widget"`
	Status string `json:"status"` // ok, empty, partial, error
	Rows   int    `json:"rows,omitzero"`
	Code   string `json:"code,omitempty"`
	// File is the widget's own, of an export that has one a widget.
	File *StoredFile `json:"file,omitempty"`
}

// document answers a request for a file by one message, and whatever else as it is answered otherwise.
type document struct {
	*Page
	otherwise Strategy
	with      *Reports
}

// asked returns the message that a request for a file is answered by, or "".
func asked(req *models.Request) string {
	switch {
	case req.Reports():
		return ReportWidget
	case req.Exports():
		return ExportWidget
	}
	return ""
}

// Widgets returns the one message of a document, where the request asks for one.
func (d *document) Widgets(req *models.Request) []string {
	if name := asked(req); name != "" {
		return []string{name}
	}
	return d.otherwise.Widgets(req)
}

// Run makes and stores the document. One of widgets that have all failed is none: it fails as the first of them did.
func (d *document) Run(ctx context.Context, req *models.Request, out Pusher) error {
	name := asked(req)
	if name == "" {
		return d.otherwise.Run(ctx, req, out)
	}
	if out.Sent(name) {
		return nil
	}
	kind, err := exportFormat(req)
	if err != nil && name == ExportWidget {
		return err
	}
	if d.with.Store == nil {
		return out.Fail(ctx, name, fault.New(fault.Permanent, storage.ReasonConfig,
			"no place for files is configured: set APP_MINIO_ENDPOINT and APP_MINIO_ENGAGEMENT_BUCKET, or APP_DISPATCHER_FILES", nil))
	}
	made, failed, err := d.Report(ctx, req, d.with.Brand)
	if err != nil {
		return err
	}
	if len(failed) == len(made.Widgets) && len(failed) > 0 {
		return out.Fail(ctx, name, failed[0])
	}
	var data any
	if name == ReportWidget {
		data, err = d.with.newsletter(ctx, req, made)
	} else {
		data, err = d.with.export(ctx, req, made, kind)
	}
	if err != nil {
		if ctx.Err() != nil || fault.ClassOf(err) == fault.Transient || fault.ClassOf(err) == fault.Throttled {
			return err // the request is tried again
		}
		return out.Fail(ctx, name, err)
	}
	return out.Push(ctx, name, data)
}

// place is where a document's files are kept. Their names cannot be guessed.
type place struct {
	store                     storage.Store
	folder, tenant, day, stem string
	name                      string // what a saved file is called
}

func (r *Reports) placeOf(folder string, req *models.Request, made *report.Report) *place {
	page, day := key.PageName(req.PageName), made.Made.UTC().Format(time.DateOnly)
	p := &place{store: r.Store, folder: folder, tenant: req.Tenant(), day: day, stem: page + "-" + rand.Text(), name: page + "-" + day}
	if p.tenant == "" {
		p.tenant = "all"
	}
	return p
}

// put stores a file. A saved one is kept by the browser that opens its link, in place of being shown.
func (p *place) put(ctx context.Context, ext, contentType string, content io.Reader, saved bool) (*StoredFile, error) {
	file := storage.File{Key: storage.Key(p.folder, p.tenant, p.day, p.stem+ext), ContentType: contentType}
	if saved {
		file.Name = storage.Key(p.name + ext)
	}
	stored, err := p.store.Put(ctx, file, content)
	if err != nil {
		return nil, err
	}
	return &StoredFile{URL: stored.Link, ContentType: contentType, SHA256: stored.SHA256, Bytes: stored.Bytes, ExpiresAt: stored.Expires}, nil
}

// stream stores a file that is written as it is uploaded, so that its size is nobody's memory.
func (p *place) stream(ctx context.Context, ext, contentType string, write func(io.Writer) error) (*StoredFile, error) {
	from, to := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() {
		err := errors.New("strategies: the writer of an export panicked")
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("%w: %v\n%s", err, v, debug.Stack())
			}
			_ = to.CloseWithError(err) // never fails
		}()
		err = write(to)
	})
	stored, err := p.put(ctx, ext, contentType, from, true)
	_ = from.CloseWithError(io.ErrClosedPipe) // where the store gave up, the writer ends too
	writing.Wait()
	return stored, err
}

// statusOf is ok, or partial where some widgets failed.
func statusOf(made *report.Report) string {
	if slices.ContainsFunc(made.Widgets, func(w report.Widget) bool { return w.Data == nil }) {
		return "partial"
	}
	return "ok"
}

func items(r *report.Report) []ReportedWidget {
	out := make([]ReportedWidget, len(r.Widgets))
	for i, w := range r.Widgets {
		out[i] = ReportedWidget{Widget: w.ID, Status: "error", Code: w.Code}
		if w.Data != nil {
			out[i] = ReportedWidget{Widget: w.ID, Status: w.Data.Status, Rows: w.Rows()}
		}
	}
	return out
}

// Report computes the page's asked widgets for a document, in page order. failed are the errors of the widgets that could not be
// computed; they are in it too.
func (p *Page) Report(ctx context.Context, req *models.Request, brand map[string]string) (made *report.Report, failed []error, err error) {
	now := p.now()
	planned, err := plan.Build(req, p.page, p.snapshot.Catalog, now)
	if err != nil {
		return nil, nil, err
	}
	run, err := p.admit(ctx, req, planned, func(string) bool { return false })
	if err != nil {
		return nil, nil, err
	}
	made = &report.Report{
		Title: p.page.Label.In(req.Language, p.page.Key.Page), Language: req.Language, Filters: req.Filters, Made: now.UTC(),
		Brand: brand, Widgets: make([]report.Widget, len(planned.Widgets)),
	}
	at := make(map[string]int, len(planned.Widgets))
	for i := range planned.Widgets {
		w := &planned.Widgets[i]
		at[w.ID] = i
		made.Widgets[i].ID = w.ID
		if w.Spec != nil {
			made.Widgets[i].Title = cmp.Or(w.Title, w.Spec.Title.In(req.Language, w.ID))
		}
		if made.Range == nil && !w.Range.From.IsZero() {
			made.Range = &format.Range{From: w.Range.From, To: w.Range.To, Zone: w.Zone}
		}
	}
	var mu sync.Mutex
	exporting := ctx // the run's own ends with it
	var collect engine.Done = func(ctx context.Context, w *plan.Widget, data *format.Data, err error) error {
		mu.Lock()
		defer mu.Unlock()
		item := &made.Widgets[at[w.ID]]
		if err == nil {
			item.Data = data
			if req.Exports() {
				item.Rest = p.rest(exporting, w, data)
			}
			return nil
		}
		if fault.ClassOf(err) == fault.Canceled && ctx.Err() != nil {
			return err
		}
		item.Error, item.Code = fault.SafeTextIn(err, locale.Base(req.Language)), fault.ReasonOf(err)
		failed = append(failed, err)
		return nil
	}
	err = run.Run(ctx, collect)
	return made, failed, err
}
