package draw_test

import (
	"strings"
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/cli/draw"
)

func TestAlert(t *testing.T) {
	t.Parallel()
	const fired = `{"kind":"alert","status":"ok","title":"Viral","alert":{"fired":true,"state":"fired","reason":"1 reaches 1.","rule":{"text":"at least 1"}},` +
		`"schema":{"fields":[{"name":"id","type":"string"}]},"data":{"values":[["post-7"]]}}`
	const quiet = `{"kind":"alert","status":"empty","title":"Viral","alert":{"fired":false,"state":"too_few","reason":"Too few.","rule":{"text":"at least 1"}},` +
		`"schema":{"fields":[]},"data":{"values":[]}}`
	for data, want := range map[string]string{
		fired: "Viral w · n\n  ● fired  1 reaches 1.\n  at least 1\n  id\n  post-7\n\n",
		quiet: "Viral w · n\n  ○ too_few  Too few.\n  at least 1\n\n",
	} {
		var out strings.Builder
		if err := draw.Widget(&out, draw.Options{Width: 80}, "w", "n", []byte(data)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("drawn:\n%q, want\n%q", got, want)
		}
	}
}
