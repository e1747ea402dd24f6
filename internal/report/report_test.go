package report_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/go-dispatcher/dispatcher/internal/format"
	"github.com/go-dispatcher/dispatcher/internal/report"
)

var update = flag.Bool("update", false, "write the golden files of TestGolden")

func write(t *testing.T, r *report.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, widget := range fixtures() {
		for _, language := range []string{"en", "ar"} {
			t.Run(name+"-"+language, func(t *testing.T) {
				t.Parallel()
				doc := write(t, &report.Report{Title: "Insights", Language: language, Range: widgetRange(widget), Made: day(5), Widgets: []report.Widget{widget}})
				_, main, _ := strings.Cut(doc, "<main>")
				main, _, _ = strings.Cut(main, "</main>")
				path := filepath.Join("testdata", name+"."+language+".html")
				if *update {
					if err := os.WriteFile(path, []byte(main), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), main); diff != "" {
					t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
				}
			})
		}
	}
}

func widgetRange(w report.Widget) *format.Range {
	if w.Data == nil {
		return nil
	}
	return w.Data.Range
}

// TestStatesAreSeen: whoever reads a report sees what its numbers are not.
func TestStatesAreSeen(t *testing.T) {
	t.Parallel()
	seen := map[string][]string{
		"feed":   {`<span class="badge synthetic">synthetic</span>`, "marked “synthetic” show numbers that are computed from generated data"},
		"table":  {`<span class="badge partial">truncated</span>`, "Only the first 2 rows are shown", "2 of 40 rows"},
		"failed": {"This widget could not be computed.", "the data source cannot be reached", "source_unavailable", ">Reach<"},
		"empty":  {"No data for this period."}, "heatmap": {`<span class="badge stale">stale</span>`},
		"timeseries": {"not over yet", "period before: 25 Feb 2026 – 28 Feb 2026", "unfinished"},
	}
	all := fixtures()
	for name, wants := range seen {
		doc := write(t, &report.Report{Title: "Insights", Widgets: []report.Widget{all[name]}})
		for _, want := range wants {
			if !strings.Contains(doc, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if doc := write(t, &report.Report{Title: "Insights", Widgets: []report.Widget{all["stat"]}}); strings.Contains(doc, "generated data") {
		t.Error("real numbers are called synthetic")
	}
}

// TestHostileTexts puts markup, quotes and characters that turn the direction of writing wherever a text can come from.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	attacks := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'-->]]></title></style></svg><script>alert(1)</script>`,
		"x\u202eevil\u2066\u200f", "\x00\x1b[31m", `{{.CSS}}`, `javascript:alert(1)`, `</desc><script xlink:href="data:,alert(1)"/>`, "\xff\xfe",
	}
	for _, attack := range attacks {
		var widgets []report.Widget
		for _, w := range fixtures() {
			w.ID, w.Title, w.Error, w.Code = w.ID+attack, attack, attack, attack
			if w.Data != nil {
				poison(w.Data, attack)
			}
			widgets = append(widgets, w)
		}
		brand := map[string]string{}
		for _, name := range []string{"project_name_en", "powered_by", "legal_name", "powered_by_sentence", "disclaimer_ar", "contact_email", "assume_responsibility"} {
			brand[name] = attack
		}
		for _, language := range []string{"en", "ar", attack} {
			doc := write(t, &report.Report{
				Title: attack, Language: language, Range: &format.Range{From: day(1), To: day(2), Zone: "UTC"},
				Filters: []byte(`{"topic":["` + strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(attack, ""), `"`, `\"`), "\x00", "") + `"]}`), Brand: brand, Widgets: widgets,
			})
			harmless(t, attack, doc)
		}
	}
}

func poison(d *format.Data, attack string) {
	d.Title, d.Description = attack, attack
	d.Notices = append(d.Notices, format.Notice{Severity: "warning", Code: "new", Text: attack})
	for i := range d.Schema.Fields {
		f := &d.Schema.Fields[i]
		f.Config.DisplayName, f.Config.NoValue = attack, attack
		if f.Type == "number" && f.Config.Unit == "" {
			f.Config.Unit = attack
		}
		if f.Type == "string" {
			for row := range d.Data.Values[i] {
				d.Data.Values[i][row] = attack
			}
		}
	}
}

// harmless reads a document as a browser does.
func harmless(t *testing.T, attack, doc string) {
	t.Helper()
	for _, r := range doc {
		if r >= 0x202a && r <= 0x202e || r == 0x200f || r == 0x2066 || r < 0x20 && r != '\n' || r == 0x7f {
			t.Fatalf("%q: the document holds %U", attack, r)
		}
	}
	if strings.Count(doc, "\u2068") != strings.Count(doc, "\u2069") {
		t.Errorf("%q: isolates are not closed", attack)
	}
	root, err := html.Parse(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"html", "head", "meta", "title", "style", "body", "header", "p", "bdi", "h1", "h2", "dl", "div", "dt", "dd", "span", "main", "section", "strong", "code", "svg", "desc", "rect", "line",
		"path", "circle", "text", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "details", "summary", "article", "footer"}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(known, n.Data) {
			t.Errorf("%q makes an element %s", attack, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "srcset" {
				t.Errorf("%q makes an attribute %s of %s", attack, a.Key, n.Data)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
				t.Errorf("%q makes a link to %s", attack, a.Val)
			}
		}
	}
	if n := strings.Count(doc, "<style>"); n != 1 {
		t.Errorf("%q: %d styles", attack, n)
	}
}

// TestEverythingComesFromTheFile: the policy allows the one style by its digest, and nothing else.
func TestEverythingComesFromTheFile(t *testing.T) {
	t.Parallel()
	var widgets []report.Widget
	for _, w := range fixtures() {
		widgets = append(widgets, w)
	}
	doc := write(t, &report.Report{Title: "Insights", Widgets: widgets})
	for _, forbidden := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", "src=", " style="} {
		if strings.Contains(doc, forbidden) {
			t.Errorf("the document holds %s", forbidden)
		}
	}
	if !strings.Contains(doc, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
		t.Error("no policy")
	}
}

// TestAnyNumbersCanBeDrawn draws random data, nulls and extremes among it: nothing panics, and all that is drawn has a place in its picture.
func TestAnyNumbersCanBeDrawn(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's seed
		for name, w := range fixtures() {
			if w.Data == nil {
				continue
			}
			rows := random.IntN(70)
			for i := range w.Data.Schema.Fields {
				w.Data.Data.Values[i] = column(random, &w.Data.Schema.Fields[i], rows)
			}
			if w.Data.Marks != nil {
				w.Data.Marks.Incomplete = []int{rows - 1, -1, 1000}
			}
			w.Data.Grain = []string{"minute", "hour", "day", "week", "month", "quarter", "year", ""}[random.IntN(8)]
			doc := write(t, &report.Report{Title: name, Language: []string{"en", "ar"}[seed%2], Widgets: []report.Widget{w}})
			if strings.Contains(doc, "NaN") || strings.Contains(doc, "Inf") {
				t.Fatalf("seed %d: %s draws what is no number", seed, name)
			}
		}
	}
}

func column(random *rand.Rand, f *format.Field, rows int) []any {
	out := make([]any, rows)
	scale := []float64{1, 1e-9, 1e4, 1e15, 0}[random.IntN(5)]
	for row := range out {
		switch {
		case f.Type == "time":
			out[row] = day(1).AddDate(0, 0, row).UnixMilli()
		case random.IntN(6) == 0:
			// null
		case f.Type == "string":
			out[row] = strings.Repeat("اسم ", random.IntN(20))
		case f.Type == "boolean":
			out[row] = random.IntN(4) == 0
		case random.IntN(2) == 0:
			out[row] = int64((random.Float64() - 0.3) * scale)
		default:
			out[row] = (random.Float64() - 0.3) * scale
		}
	}
	return out
}

// TestFeedSaysItsText: what a post says is its longest text, in letters and not in bytes, of which an Arabic date has more, and never a time.
func TestFeedSaysItsText(t *testing.T) {
	t.Parallel()
	at := field("created_at", "dimension", "وقت الإنشاء")
	at.Type, at.Config.Unit = "time", "dateTimeAsIso"
	feed := data("feed", "المحادثات", []format.Field{at, field("subject", "dimension", "الموضوع"), field("share", "measure", "First response, 90 %")},
		[]any{day(1).UnixMilli(), day(2).UnixMilli()}, []any{"Bookmobile", "Null kernel"}, []any{int64(1), int64(2)})
	var out bytes.Buffer
	if err := report.Write(&out, &report.Report{Language: "ar", Widgets: []report.Widget{{ID: "w", Data: feed}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<article class="post"><p dir="auto"><bdi>Bookmobile</bdi></p>`, `<article class="post"><p dir="auto"><bdi>Null kernel</bdi></p>`, "First response, 90\u00a0%"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, out.String()[strings.Index(out.String(), "<main>"):])
		}
	}
}
