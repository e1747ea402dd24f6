package text_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"github.com/go-dispatcher/dispatcher/internal/text"
)

func anything(int64) error { return nil }

func pass(t testing.TB, src io.Reader, format string, packing text.Packing, l text.Limits) (string, text.Layout, error) {
	t.Helper()
	var out bytes.Buffer
	layout, n, err := text.Copy(t.Context(), &out, src, format, packing, l, anything)
	if n != int64(out.Len()) {
		t.Errorf("says that it wrote %d bytes, wrote %d", n, out.Len())
	}
	return out.String(), layout, err
}

func TestSoundTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format, text string
		want         text.Layout
	}{
		"csv":                     {text.CSV, "n,s\n1,a\n2,b\n", text.Layout{Columns: []string{"n", "s"}, Delimiter: ','}},
		"no end of line":          {text.CSV, "n,s\n1,a", text.Layout{Columns: []string{"n", "s"}, Delimiter: ','}},
		"a header alone":          {text.CSV, "n,s", text.Layout{Columns: []string{"n", "s"}, Delimiter: ','}},
		"semicolons":              {text.CSV, "n;s;\"a,b,c\"\n1;2;3\n", text.Layout{Columns: []string{"n", "s", "a,b,c"}, Delimiter: ';'}},
		"tabs":                    {text.CSV, "n\ts\n\t\n", text.Layout{Columns: []string{"n", "s"}, Delimiter: '\t'}},
		"bars":                    {text.CSV, "n|s\n1|\n", text.Layout{Columns: []string{"n", "s"}, Delimiter: '|'}},
		"one column":              {text.CSV, "n\n1\n\n2\n", text.Layout{Columns: []string{"n"}, Delimiter: ','}},
		"quotes":                  {text.CSV, "n,\"s \"\"x\"\"\"\n1,\"a\nb,\"\"c\"\"\r\n\"\n2,a\"b\n", text.Layout{Columns: []string{"n", `s "x"`}, Delimiter: ','}},
		"carriage returns":        {text.CSV, "n,s\r\n1,\"a\"\r\n\r\n2,b\r\n", text.Layout{Columns: []string{"n", "s"}, Delimiter: ','}},
		"empty lines":             {text.CSV, "n,s\n\n1,a\n\n\n2,b\n\n", text.Layout{Columns: []string{"n", "s"}, Delimiter: ','}},
		"empty names":             {text.CSV, ",s,\n1,a,\n", text.Layout{Columns: []string{"", "s", ""}, Delimiter: ','}},
		"not only ASCII":          {text.CSV, "القناة,ش\nü,𝄞\n", text.Layout{Columns: []string{"القناة", "ش"}, Delimiter: ','}},
		"lines":                   {text.JSON, "{\"n\":1}\n\r\n {\"n\":{\"a\":[\"}\",\"\\\"]\"]}}\n", text.Layout{Shape: text.Lines}},
		"lines without an end":    {text.JSON, `{"n":1}`, text.Layout{Shape: text.Lines}},
		"objects over lines":      {text.JSON, "{\n\"n\":1}\n{\"n\":2}", text.Layout{Shape: text.Values}},
		"objects in one line":     {text.JSON, `{"n":1} {"n":2}`, text.Layout{Shape: text.Values}},
		"a list":                  {text.JSON, " [ {\"n\":1},\n{} ] \n", text.Layout{Shape: text.List}},
		"an empty list":           {text.JSON, "[\n]", text.Layout{Shape: text.List}},
		"nothing":                 {text.JSON, " \n", text.Layout{Shape: text.Lines}},
		"as deep as may be":       {text.JSON, `{"n":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + "}", text.Layout{Shape: text.Lines}},
		"brackets in strings":     {text.JSON, `{"n":"` + strings.Repeat("[{", 500) + `"}`, text.Layout{Shape: text.Lines}},
		"a text about a web page": {text.CSV, "html,<html>\n1,2\n", text.Layout{Columns: []string{"html", "<html>"}, Delimiter: ','}},
	} {
		for _, marked := range []string{"", "\uFEFF"} {
			for how, src := range map[string]io.Reader{"at once": strings.NewReader(marked + c.text), "byte by byte": iotest.OneByteReader(strings.NewReader(marked + c.text))} {
				out, layout, err := pass(t, src, c.format, text.Plain, text.Limits{})
				if err != nil || out != c.text || !slices.Equal(layout.Columns, c.want.Columns) || layout.Delimiter != c.want.Delimiter || layout.Shape != c.want.Shape {
					t.Errorf("%s, %s: %q, %+v, %v", name, how, out, layout, err)
				}
			}
		}
	}
}

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format, text string
		limit        bool
	}{
		"a web page":                   {text.CSV, "\n <!DOCTYPE html><html><body>503, try \"later\"</body></html>\n", false},
		"a web page for JSON":          {text.JSON, "<html>503</html>", false},
		"an error of the store":        {text.CSV, "<?xml version=\"1.0\"?>\n<Error><Code>SlowDown</Code></Error>\n", false},
		"gzip under a plain name":      {text.CSV, "\x1f\x8b\x08\x00\x00\x00", false},
		"zstd under a plain name":      {text.JSON, "\x28\xb5\x2f\xfd\x00", false},
		"Parquet":                      {text.CSV, "PAR1,x\n1,2\n", false},
		"UTF-16":                       {text.CSV, "\xff\xfen\x00,\x00", false},
		"a null":                       {text.CSV, "n,s\n1,a\x00b\n", false},
		"nulls":                        {text.JSON, strings.Repeat("\x00", 100_000), false},
		"not UTF-8":                    {text.CSV, "n,s\n1,\xff\xfe\n", false},
		"half a character at the end":  {text.CSV, "n,s\n1,\xe2\x82", false},
		"a lone surrogate":             {text.JSON, "{\"n\":\"\xed\xa0\x80\"}", false},
		"no header":                    {text.CSV, "\n\n1,2\n", false},
		"nothing at all":               {text.CSV, "", false},
		"a header of 2 MiB":            {text.CSV, strings.Repeat("x", 2<<20), true},
		"2001 columns":                 {text.CSV, strings.Repeat(",", 2000) + "\n", true},
		"a row too short":              {text.CSV, "n,s\n1,2\n3\n", false},
		"a row too long":               {text.CSV, "n,s\n1,2,3\n", false},
		"8 million fields":             {text.CSV, "n,s\n" + strings.Repeat(",", 8_000_000) + "\n", false},
		"a field of 64 MiB":            {text.CSV, "n,s\n1," + strings.Repeat("x", 64<<20) + "\n", true},
		"a quoted field of 64 MiB":     {text.CSV, "n,s\n1,\"" + strings.Repeat("x\n", 32<<20) + "\"\n", true},
		"50 million empty lines":       {text.CSV, "n,s\n" + strings.Repeat("\n", 50_000_000) + "1,2\n", true},
		"a quote without an end":       {text.CSV, "n,s\n1,\"a\n", false},
		"a quote in the header":        {text.CSV, "n,\"s\n1,a\n", false},
		"more after a quote":           {text.CSV, "n,s\n1,\"a\"b\n", false},
		"more after the header's":      {text.CSV, "n,\"s\"x\n1,2\n", false},
		"a carriage return alone":      {text.CSV, "n,s\n1,2\r3,4\r", false},
		"a carriage return at the end": {text.CSV, "n,s\n1,2\r", false},
		"nested 10,000 deep":           {text.JSON, `{"n":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}", true},
		"objects 10,000 deep":          {text.JSON, strings.Repeat(`{"n":`, 10_000) + "1" + strings.Repeat("}", 10_000), true},
		"10 million open brackets":     {text.JSON, strings.Repeat("[", 10_000_000), false},
		"a string of 64 MiB":           {text.JSON, `{"n":"` + strings.Repeat("x", 64<<20) + `"}`, true},
		"a number of 64 MiB":           {text.JSON, `{"n":` + strings.Repeat("9", 64<<20) + `}`, true},
		"an object of 64 MiB":          {text.JSON, `{"n":[` + strings.Repeat("1,\n", 20<<20) + `]}`, true},
		"numbers":                      {text.JSON, "1\n2\n", false},
		"lists of lists":               {text.JSON, "[[1]]", false},
		"a list of numbers":            {text.JSON, "[1]", false},
		"a list without an end":        {text.JSON, `[{"n":1}`, false},
		"a list that goes on":          {text.JSON, `[{"n":1},`, false},
		"a list that begins with less": {text.JSON, `[,{"n":1}]`, false},
		"a list that ends with less":   {text.JSON, `[{"n":1},]`, false},
		"two lists":                    {text.JSON, `[{"n":1}] [{"n":1}]`, false},
		"objects with commas":          {text.JSON, `{"n":1},{"n":1}`, false},
		"an object without an end":     {text.JSON, `{"n":1`, false},
		"a string without an end":      {text.JSON, `{"n":"}`, false},
		"other brackets":               {text.JSON, `{"n":[1}]`, false},
		"a line feed in a string":      {text.JSON, "{\"n\":\"a\nb\"}", false},
		"no format":                    {"xls", "n", false},
	} {
		_, _, err := pass(t, strings.NewReader(c.text), c.format, text.Plain, text.Limits{})
		if _, ok := errors.AsType[*text.Error](err); !ok || errors.Is(err, text.ErrLimit) != c.limit {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func packed(t testing.TB, packing text.Packing, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch packing {
	case text.Gzip:
		w = gzip.NewWriter(&b)
	case text.Zstd:
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case text.Plain:
		return []byte(data)
	}
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPackedTexts(t *testing.T) {
	t.Parallel()
	rows := "n,s\n" + strings.Repeat("1,some text\n", 100_000)
	for _, packing := range []text.Packing{text.Gzip, text.Zstd} {
		data := packed(t, packing, rows)
		if out, _, err := pass(t, bytes.NewReader(data), text.CSV, packing, text.Limits{}); err != nil || out != rows {
			t.Errorf("%s: %d bytes, %v", packing, len(out), err)
		}
		twice := append(bytes.Clone(data), packed(t, packing, "1,2\n")...)
		if out, _, err := pass(t, bytes.NewReader(twice), text.CSV, packing, text.Limits{}); err != nil || out != rows+"1,2\n" {
			t.Errorf("%s, in two parts: %d bytes, %v", packing, len(out), err)
		}
		for name, c := range map[string]struct {
			data   []byte
			limits text.Limits
			limit  bool
		}{
			"cut off":          {data[:len(data)-6], text.Limits{}, false},
			"cut off at once":  {data[:5], text.Limits{}, false},
			"empty":            {nil, text.Limits{}, false},
			"plain":            {[]byte("n,s\n1,2\n"), text.Limits{}, false},
			"changed":          {append(bytes.Clone(data[:len(data)/2]), bytes.Repeat([]byte{0x55}, len(data)/2)...), text.Limits{}, false},
			"more after it":    {append(bytes.Clone(data), "and more"...), text.Limits{}, false},
			"packed twice":     {packed(t, packing, string(data)), text.Limits{}, false},
			"more than may be": {data, text.Limits{Unpacked: int64(len(rows)) - 1}, true},
			"a bomb":           {packed(t, packing, "n,s\n"+strings.Repeat("1,2\n", 20<<20)), text.Limits{}, true},
		} {
			_, _, err := pass(t, bytes.NewReader(c.data), text.CSV, packing, c.limits)
			if _, ok := errors.AsType[*text.Error](err); !ok || errors.Is(err, text.ErrLimit) != c.limit {
				t.Errorf("%s, %s: %v", packing, name, err)
			}
		}
	}
	// A window of 128 MiB, as zstd --long=27 makes it.
	var long bytes.Buffer
	z, err := zstd.NewWriter(&long, zstd.WithWindowSize(128<<20), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	line := make([]byte, 1<<16)
	for range 160 {
		for i := range line {
			line[i] = 'a' + byte(random.IntN(26))
		}
		if _, err := z.Write(append(line, '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := pass(t, &long, text.CSV, text.Zstd, text.Limits{}); !errors.Is(err, text.ErrLimit) {
		t.Errorf("a window of 128 MiB: %v", err)
	}
	for name, want := range map[string]text.Packing{"a.csv": text.Plain, "a.csv.gz": text.Gzip, "A.CSV.GZ": text.Gzip, "a.json.zst": text.Zstd, "gz": text.Plain} {
		if got := text.PackingOf(name); got != want {
			t.Errorf("%s is packed by %q, want %q", name, got, want)
		}
	}
}

// What goes wrong around a text is no fault of the text.
func TestErrorsOfOthersArePassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	data := packed(t, text.Gzip, "n,s\n"+strings.Repeat("1,some text\n", 100_000))
	for _, packing := range []text.Packing{text.Plain, text.Gzip, text.Zstd} {
		from := io.MultiReader(bytes.NewReader(packed(t, packing, "n,s\n1,2\n")[:6]), iotest.ErrReader(broken))
		if _, _, err := pass(t, from, text.CSV, packing, text.Limits{}); !errors.Is(err, broken) {
			t.Errorf("reading, %s: %v", packing, err)
		}
	}
	if _, _, err := text.Copy(t.Context(), failing{broken}, bytes.NewReader(data), text.CSV, text.Gzip, text.Limits{}, anything); !errors.Is(err, broken) {
		t.Errorf("writing: %v", err)
	}
	var spent int64
	if _, n, err := text.Copy(t.Context(), io.Discard, bytes.NewReader(data), text.CSV, text.Gzip, text.Limits{}, func(n int64) error {
		if spent += n; spent > 200_000 {
			return broken
		}
		return nil
	}); !errors.Is(err, broken) || n > 200_000 {
		t.Errorf("spending: %d bytes, %v", n, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := text.Copy(gone, io.Discard, bytes.NewReader(data), text.CSV, text.Gzip, text.Limits{}, anything); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzCopy passes whatever may call itself a text. It must not crash, nor allocate more than what is read at a time and a few records take; what it
// lets through is the same however it arrives, and comes out within its limits.
func FuzzCopy(f *testing.F) {
	for _, seed := range []string{"n,s\n1,\"a\"\"b\"\r\n\n2,c", "n;s\n1;2\n", "{\"n\":[1,{\"a\":\"}\"}]}\n{}", "[{\"n\":1},\n{}]", "<html>", "\uFEFFn\n1\n"} {
		f.Add([]byte(seed), false, byte(0))
		f.Add([]byte(seed), true, byte(0))
		f.Add(packed(f, text.Gzip, seed), true, byte(1))
		f.Add(packed(f, text.Zstd, seed), false, byte(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, isJSON bool, how byte) {
		format := map[bool]string{false: text.CSV, true: text.JSON}[isJSON]
		packing := []text.Packing{text.Plain, text.Gzip, text.Zstd}[how%3]
		limits := text.Limits{Unpacked: 1 << 20, Record: 1 << 12, Window: 1 << 20, Depth: 20, Columns: 50}
		before := allocated()
		layout, n, err := text.Copy(t.Context(), io.Discard, bytes.NewReader(data), format, packing, limits, anything)
		if took := allocated() - before; took > uint64(len(data))*16+16<<20 {
			t.Errorf("%d bytes of memory for %d", took, len(data))
		}
		if n > limits.Unpacked {
			t.Errorf("%d bytes came out", n)
		}
		out, again, slowly := pass(t, iotest.OneByteReader(bytes.NewReader(data)), format, packing, limits)
		if (err == nil) != (slowly == nil) || err == nil && (again.Shape != layout.Shape || !slices.Equal(again.Columns, layout.Columns)) {
			t.Errorf("at once %+v, %v; byte by byte %+v, %v", layout, err, again, slowly)
		}
		if err != nil || strings.HasPrefix(out, "\uFEFF") { // a second mark is text
			return
		}
		if _, third, err := pass(t, strings.NewReader(out), format, text.Plain, limits); err != nil || third.Shape != layout.Shape || !slices.Equal(third.Columns, layout.Columns) {
			t.Errorf("what came out, %q, is %+v, %v", out, third, err)
		}
	})
}

// allocated is what the process has allocated so far, in bytes.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
