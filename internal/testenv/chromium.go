package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// Chromium returns the browser that prints PDFs: DISPATCHER_TEST_CHROMIUM, or an installed one.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{os.Getenv("DISPATCHER_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("no Chromium for the tests: scripts/install-chromium installs one, or name it in DISPATCHER_TEST_CHROMIUM")
	return ""
}

// PDFText returns what pdftotext reads of a PDF.
func PDFText(t testing.TB, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v\nscripts/install-chromium installs it", err)
	}
	return string(out)
}
