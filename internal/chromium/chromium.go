// Package chromium prints HTML documents as PDF with a headless Chromium that is already installed: it downloads none. Each print is a process of
// its own in a folder of its own, both gone afterwards however it ends. The document gets no network and none of this process's environment.
//
// It is no browser for pages of others: what it is given is to be made here, and needs nothing but itself.
package chromium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/fault"
)

// Config says which browser prints, and within which limits.
type Config struct {
	// Path is the program, as Find returns it.
	Path string
	// Timeout bounds one print; 0 is a minute.
	Timeout time.Duration
	// Parallel is how many prints run at the same time; 0 is one. Others wait for their turn.
	Parallel int
}

const (
	// largestPDF bounds what is read back.
	largestPDF = 64 << 20
	// keptOutput is how much of what the browser says goes into an error.
	keptOutput = 2 << 10
	// endsWithin is how long a killed browser may hold its pipes.
	endsWithin = 5 * time.Second
)

// Find returns the installed browser: the program at a path, or for "auto" the first of the usual names; false where there is none.
func Find(path string) (string, bool) {
	names := []string{path}
	if path == "auto" {
		names = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome-headless-shell"}
	}
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found, true
		}
	}
	return "", false
}

// Printer prints.
type Printer struct {
	cfg   Config
	turns chan struct{}
}

// New returns a printer. It starts nothing yet.
func New(cfg Config) *Printer {
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	return &Printer{cfg: cfg, turns: make(chan struct{}, max(1, cfg.Parallel))}
}

// Print returns the document as PDF. Its time limit begins when it is its turn. When ctx ends, the browser is killed with all its
// processes before Print returns.
func (p *Printer) Print(ctx context.Context, html []byte) (pdf []byte, err error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, fmt.Errorf("chromium: wait for a turn: %w", context.Cause(ctx))
	}
	dir, err := os.MkdirTemp("", "dispatcher-pdf-")
	if err != nil {
		return nil, failed("the PDF could not be made", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(in, html, 0o600); err != nil {
		return nil, failed("the PDF could not be made", err)
	}
	limited, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	said, err := p.run(limited, dir, in, out)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("chromium: %w", context.Cause(ctx))
	case limited.Err() != nil:
		return nil, fault.New(fault.Permanent, "pdf_timeout", "making the PDF took longer than it is allowed to", fmt.Errorf("chromium: killed after %s", p.cfg.Timeout))
	case err != nil:
		return nil, failed("the browser that makes PDFs has failed", fmt.Errorf("%w: %s", err, said))
	}
	pdf, err = read(out)
	if err != nil {
		return nil, failed("the browser that makes PDFs has made none", fmt.Errorf("%w: %s", err, said))
	}
	return pdf, nil
}

func failed(safe string, err error) error {
	return fault.New(fault.Permanent, "pdf_failed", safe, fmt.Errorf("chromium: %w", err))
}

// run runs the browser once and returns the end of what it said.
func (p *Printer) run(ctx context.Context, dir, in, out string) (said string, err error) {
	cmd := exec.CommandContext(ctx, p.cfg.Path, arguments(dir, in, out)...) //nolint:gosec // the configured browser
	cmd.Dir = dir
	// A relative place for temporary files, since the browser puts a socket there, whose path may have 107 bytes at most.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=.", "XDG_CONFIG_HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "LANG=C.UTF-8"}
	tail := &tail{}
	cmd.Stdout, cmd.Stderr = tail, tail
	cmd.WaitDelay = endsWithin
	grouped(cmd)
	err = cmd.Run()
	if cmd.Process != nil {
		killGroup(cmd.Process.Pid) // what the browser may have left behind
	}
	return string(bytes.TrimSpace(tail.last)), err
}

func arguments(dir, in, out string) []string {
	args := []string{
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
		"--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-default-apps", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--no-pings",
		"--disable-breakpad", "--disable-crash-reporter",
		// No name resolves, and whatever is no name goes to a proxy that is not there. Scripts are up to the document's policy: the browser's
		// own printing needs them.
		"--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
		"--user-data-dir=" + filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--print-to-pdf=" + out,
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium refuses to run as root with it
	}
	return append(args, (&url.URL{Scheme: "file", Path: filepath.ToSlash(in)}).String())
}

// read reads the PDF back, if it is one.
func read(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // this package's own file
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pdf, err := io.ReadAll(io.LimitReader(f, largestPDF+1))
	switch {
	case err != nil:
		return nil, err
	case len(pdf) > largestPDF:
		return nil, fmt.Errorf("the PDF is larger than %d bytes", largestPDF)
	case !bytes.HasPrefix(pdf, []byte("%PDF-")):
		return nil, errors.New("the file is no PDF")
	}
	return pdf, nil
}

// tail keeps the end of what is written to it.
type tail struct{ last []byte }

// Write keeps the end of p.
func (t *tail) Write(p []byte) (int, error) {
	t.last = append(t.last, p...)
	if n := len(t.last) - keptOutput; n > 0 {
		t.last = append(t.last[:0], t.last[n:]...)
	}
	return len(p), nil
}
