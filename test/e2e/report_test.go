package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/go-dispatcher/dispatcher/internal/testenv"
	"github.com/go-dispatcher/dispatcher/internal/testenv/client"
)

const reportBucket = "e2e-reports"

// reportStorage makes the bucket and returns the variables that name it.
func reportStorage(t *testing.T) []string {
	t.Helper()
	u, client := minioClient(t)
	secret, _ := u.User.Password()
	made := client.MakeBucket(t.Context(), reportBucket, minio.MakeBucketOptions{}) // or another test has
	if ok, err := client.BucketExists(t.Context(), reportBucket); err != nil || !ok {
		t.Fatal(made, err)
	}
	return []string{
		"APP_MINIO_ENDPOINT=" + u.Host, "APP_MINIO_ACCESS_KEY=" + u.User.Username(), "APP_MINIO_SECRET_KEY=" + secret,
		"APP_MINIO_ENGAGEMENT_BUCKET=" + reportBucket, "APP_WHITELABEL_PROJECT_NAME_AR=مشروع <script>", "APP_DISPATCHER_CHROMIUM=" + testenv.Chromium(t),
	}
}

// minioClient returns MinIO's address and a client of it.
func minioClient(t *testing.T) (*url.URL, *minio.Client) {
	t.Helper()
	u, err := url.Parse(testenv.MinIO(t))
	if err != nil {
		t.Fatal(err)
	}
	s3, err := client.S3(testenv.MinIO(t))
	if err != nil {
		t.Fatal(err)
	}
	return u, s3
}

// report sends one request for a report and returns its message and the closing one.
func (s *site) report(key, more string) (report, closing message) {
	s.t.Helper()
	s.send(insights(key, `"is_newsletter_report":"true"`+more))
	s.settled(2 * time.Minute)
	messages := s.messages(key)
	if len(messages) != 2 || messages[0].event != "ResearchInsightsPage__Report" || messages[1].event != "ResearchInsightsPage__Complete" {
		s.t.Fatalf("a report is one message and the closing one, not %v", messages)
	}
	return messages[0], messages[1]
}

// fetch opens a file of the report's message, and holds it to what the message says.
func fetch(t *testing.T, data map[string]any, name, folder, contentType string) []byte {
	t.Helper()
	file, _ := data[name].(map[string]any)
	link, _ := file["url"].(string)
	res, err := http.Get(link) //nolint:gosec // the link under test
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v: %s", name, res.StatusCode, err, content)
	}
	sum := sha256.Sum256(content)
	if file["sha256"] != hex.EncodeToString(sum[:]) || file["bytes"] != float64(len(content)) || file["content_type"] != contentType || res.Header.Get("Content-Type") != contentType {
		t.Errorf("%s of %d bytes, %s: the message says %v", name, len(content), res.Header.Get("Content-Type"), file)
	}
	expires, err := time.Parse(time.RFC3339, file["expires_at"].(string))
	if left := time.Until(expires); err != nil || left < 23*time.Hour || left > 24*time.Hour {
		t.Errorf("%s expires in %v, %v", name, left, err)
	}
	if !strings.Contains(link, "/"+reportBucket+"/"+folder+"/1/") {
		t.Errorf("%s is not below its tenant: %s", name, link)
	}
	return content
}

// TestNewsletterReport asks for a page as a report in both languages: HTML and PDF lie in the object storage, with the page's numbers in them.
func TestNewsletterReport(t *testing.T) {
	t.Parallel()
	s := newSite(t, reportStorage(t)...)
	s.start("consumer", "c1")
	for language, want := range map[string]struct{ html, pdf []string }{
		"en": {[]string{`<html lang="en" dir="ltr">`, "1,240", "synthetic"}, []string{"Insights", "1,240", "Posts over time", "Reach"}},
		"ar": {[]string{`<html lang="ar" dir="rtl">`, "١٬٢٤٠", "بيانات مولّدة", "مشروع &lt;script&gt;"}, []string{"الرؤى", "صافي", "المنشورات"}},
	} {
		answer, closing := s.report("news-"+language, `,"language":"`+language+`"`)
		if answer.data["status"] != "ok" || closing.data["status"] != "complete" || answer.data["notices"] != nil {
			t.Errorf("%s: %s\n%s", language, answer.raw, closing.raw)
		}
		if widgets, _ := answer.data["widgets"].([]any); len(widgets) != insightsWidgets {
			t.Errorf("%s: %d widgets", language, len(widgets))
		}
		page := string(fetch(t, answer.data, "html", "reports", "text/html; charset=utf-8"))
		for _, text := range want.html {
			if !strings.Contains(page, text) {
				t.Errorf("the report in %s does not hold %q", language, text)
			}
		}
		if n := strings.Count(page, `<svg viewBox="0 0 720`) + strings.Count(page, `<svg viewBox="0 0 350`); n < 10 {
			t.Errorf("%d charts", n)
		}
		path := filepath.Join(t.TempDir(), "report.pdf")
		if err := os.WriteFile(path, fetch(t, answer.data, "pdf", "reports", "application/pdf"), 0o600); err != nil {
			t.Fatal(err)
		}
		text := testenv.PDFText(t, path)
		for _, word := range want.pdf {
			if !strings.Contains(text, word) {
				t.Errorf("the PDF in %s does not hold %q:\n%s", language, word, clip(text))
			}
		}
	}
}

// TestReportOfFailedWidgets: what could not be computed is in the report as such; a report of nothing else is an error.
func TestReportOfFailedWidgets(t *testing.T) {
	t.Parallel()
	s := newSite(t, append(reportStorage(t), "APP_DISPATCHER_CHROMIUM=off")...)
	s.start("consumer", "c1")
	answer, _ := s.report("some", `,"selected_widgets":["total_posts","no_such_widget"]`)
	if answer.data["status"] != "partial" || !strings.Contains(answer.raw, `{"widget":"no_such_widget","status":"error","code":"unknown_widget"}`) {
		t.Errorf("answer: %s", answer.raw)
	}
	page := string(fetch(t, answer.data, "html", "reports", "text/html; charset=utf-8"))
	for _, text := range []string{"This widget could not be computed.", "no_such_widget", "1,240"} {
		if !strings.Contains(page, text) {
			t.Errorf("the report does not hold %q", text)
		}
	}
	if answer.data["pdf"] != nil || !strings.Contains(answer.raw, `"code":"no_pdf"`) {
		t.Errorf("without a browser: %s", answer.raw)
	}
	failed, closing := s.report("none", `,"selected_widgets":["no_such_widget"]`)
	if e, _ := failed.data["error"].(map[string]any); e["code"] != "unknown_widget" || !strings.Contains(closing.raw, `"failed":[{"widget":"Report"`) {
		t.Errorf("a report of nothing: %s\n%s", failed.raw, closing.raw)
	}
}

// TestReportNeedsAPlace: without object storage and folder the answer says what to set; a folder is enough.
func TestReportNeedsAPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t, "APP_DISPATCHER_CHROMIUM=off")
	s.start("consumer", "c1")
	answer, _ := s.report("nowhere", "")
	if e, _ := answer.data["error"].(map[string]any); e["code"] != "storage_config" || !strings.Contains(answer.raw, "APP_DISPATCHER_FILES") {
		t.Errorf("answer: %s", answer.raw)
	}
	dir := filepath.Join(t.TempDir(), "files")
	s = newSite(t, "APP_DISPATCHER_CHROMIUM=off", "APP_DISPATCHER_FILES="+dir)
	s.start("consumer", "c1")
	answer, _ = s.report("folder", "")
	file, _ := answer.data["html"].(map[string]any)
	link, _ := file["url"].(string)
	u, err := url.Parse(link)
	if err != nil || !strings.HasPrefix(u.Path, dir+"/reports/1/") || file["expires_at"] != nil {
		t.Fatalf("answer: %s", answer.raw)
	}
	if page, err := os.ReadFile(u.Path); err != nil || !strings.Contains(string(page), "1,240") {
		t.Errorf("%s: %v", u.Path, err)
	}
}

// TestReportCommand writes a page to a file.
func TestReportCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "dispatcher"), append([]string{"report"}, args...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "APP_DISPATCHER_CHROMIUM=" + testenv.Chromium(t)}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, ext := range []string{".html", ".pdf", ".xlsx"} {
		out := filepath.Join(dir, "account"+ext)
		if said, err := run("Dashboards/AccountPage", "--start", "2002-09-01", "--end", "2002-09-30", "--language", "ar", "--out", out); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		content, err := os.ReadFile(out)
		if err != nil || !strings.HasPrefix(string(content), map[string]string{".html": "<!DOCTYPE html>", ".pdf": "%PDF-", ".xlsx": "PK"}[ext]) {
			t.Errorf("%s: %v", out, err)
		}
	}
	for _, wrong := range []struct{ args, want string }{
		{"AcountPage --out x.html", "AccountPage"}, {"AccountPage --out x.txt", "none of .html, .pdf, .xlsx"}, {"AccountPage --start never --out x.html", "start_date"},
	} {
		if said, err := run(strings.Fields(wrong.args)...); err == nil || !strings.Contains(said, wrong.want) {
			t.Errorf("%s: %v, %s", wrong.args, err, said)
		}
	}
}
