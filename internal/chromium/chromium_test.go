package chromium_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-dispatcher/dispatcher/internal/chromium"
	"github.com/go-dispatcher/dispatcher/internal/fault"
	"github.com/go-dispatcher/dispatcher/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestPrints(t *testing.T) {
	t.Parallel()
	p := chromium.New(chromium.Config{Path: testenv.Chromium(t)})
	pdf, err := p.Print(t.Context(), []byte(`<!DOCTYPE html><meta charset="utf-8"><title>x</title><p>Hello, reader</p><p dir="rtl">صافي الانطباع</p>`))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	text := testenv.PDFText(t, path)
	for _, want := range []string{"Hello, reader", "صافي"} {
		if !strings.Contains(text, want) {
			t.Errorf("the PDF does not hold %q: %q", want, text)
		}
	}
	if bytes.Contains(pdf, []byte("file://")) {
		t.Error("the PDF says where it was made")
	}
}

// TestNoNetwork prints a document that asks for all that it can think of, on this very machine.
func TestNoNetwork(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	doc := `<!DOCTYPE html><link rel="stylesheet" href="URL/a"><img src="URL/b"><iframe src="URL/c"></iframe><script src="URL/d"></script><script>fetch("URL/e")</script><p>text`
	p := chromium.New(chromium.Config{Path: testenv.Chromium(t)})
	for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		if _, err := p.Print(t.Context(), []byte(strings.ReplaceAll(doc, "URL", url))); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests went out", n)
	}
}

// stand writes a program that stands in for the browser; $out is where the PDF is to go.
func stand(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "browser")
	text := "#!/bin/sh\nfor a in \"$@\"; do case $a in --print-to-pdf=*) out=${a#*=};; esac; done\n" + script + "\n"
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

// hanging writes a browser that hangs; pids is where the ids of its processes are, once all have begun.
func hanging(t *testing.T) (path, pids string) {
	t.Helper()
	pids = filepath.Join(t.TempDir(), "pids")
	return stand(t, "sleep 600 & echo $$ $! >"+pids+".new; mv "+pids+".new "+pids+"; wait"), pids
}

// TestEndsWithItsContext: a browser that hangs is killed, and what it has started too.
func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	hang, pids := hanging(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	lost := errors.New("the lease is lost")
	go func() { // ends with the file, or with the test's context
		for ctx.Err() == nil {
			if _, err := os.Stat(pids); err == nil {
				cancel(lost)
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	_, err := chromium.New(chromium.Config{Path: hang}).Print(ctx, nil)
	if !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	gone(t, pids)
}

func TestEndsInTime(t *testing.T) {
	t.Parallel()
	hang, pids := hanging(t)
	for limit := 3 * time.Second; limit < time.Minute; limit *= 2 { // on a busy machine the browser may not have begun by then
		if _, err := chromium.New(chromium.Config{Path: hang, Timeout: limit}).Print(t.Context(), nil); fault.ReasonOf(err) != "pdf_timeout" {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(pids); err == nil {
			break
		}
	}
	gone(t, pids)
}

// gone waits until none of the processes lives.
func gone(t *testing.T, pids string) {
	t.Helper()
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	for field := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); alive(pid); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d lives on", pid)
			}
		}
	}
}

func TestOneAtATime(t *testing.T) {
	t.Parallel()
	lock := filepath.Join(t.TempDir(), "lock")
	alone := stand(t, "mkdir "+lock+" || exit 7; sleep 0.05; rmdir "+lock+"; printf %%PDF-1 >\"$out\"")
	p := chromium.New(chromium.Config{Path: alone})
	var prints sync.WaitGroup
	for range 6 {
		prints.Go(func() {
			if _, err := p.Print(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	prints.Wait()
}

func TestSaysWhatFailed(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PROCESS", "hidden")
	tests := map[string]struct{ script, logged string }{
		"no PDF":       {"exit 0", "no such file"},
		"not a PDF":    {"echo '<html>' >\"$out\"", "no PDF"},
		"exits with 3": {"echo cannot start >&2; exit 3", "cannot start"},
		"environment":  {"env >&2; exit 3", "HOME="},
	}
	for name, test := range tests {
		_, err := chromium.New(chromium.Config{Path: stand(t, test.script)}).Print(t.Context(), nil)
		if fault.ReasonOf(err) != "pdf_failed" || !strings.Contains(err.Error(), test.logged) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if safe := fault.SafeText(err); strings.Contains(safe, "/") || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s says too much: %s, %v", name, safe, err)
		}
	}
	if _, err := chromium.New(chromium.Config{Path: "/nowhere/chromium"}).Print(t.Context(), nil); fault.ReasonOf(err) != "pdf_failed" {
		t.Errorf("a browser that is not there: %v", err)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	path := testenv.Chromium(t)
	if got, ok := chromium.Find(path); !ok || got != path {
		t.Errorf("%s is found as %s, %v", path, got, ok)
	}
	if _, ok := chromium.Find("/nowhere/chromium"); ok {
		t.Error("a browser is found where none is")
	}
}
