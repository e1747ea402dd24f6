package web

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/gateway/problem"
)

// all: since a folder that was not built holds nothing but a file with a dot.
//
//go:embed all:dist
var built embed.FS

// policy is in force beside the server's own, which says who may frame the page. It lets the page load what comes from this server, and nothing
// else; images may be made by the page itself (a widget as a file). No string becomes style, markup or script: the browser refuses it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Site is one page of the build with what it loads.
type Site struct {
	files map[string]*file
	index *file
}

// Dashboard is the page for everybody, Operators the one for the admin listener.
const (
	Dashboard = "index.html"
	Operators = "operators.html"
)

// New reads a page of the build.
func New(page string) (*Site, error) {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return read(dist, page)
}

func read(dist fs.FS, page string) (*Site, error) {
	s := &Site{files: map[string]*file{}}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name != page && !strings.HasPrefix(name, "assets/") {
			return err
		}
		base, encoding := encoded(name)
		body, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		f := s.files[base]
		if f == nil {
			f = &file{contentType: contentType(base), variants: map[string]variant{}}
			s.files[base] = f
		}
		f.variants[encoding] = newVariant(body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("web: read the build: %w", err)
	}
	s.index = s.files[page]
	delete(s.files, page)
	return s, nil
}

// Page answers with the page. It is the same at each address of a view: which view that is, the page reads from its address.
func (s *Site) Page(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if s.index == nil {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(unbuilt)) // an error here means that the caller is gone
		return
	}
	s.index.serve(w, r)
}

const unbuilt = `This server was built without the dashboard. In the project's folder, with Node 20 or later:

  make web build

The HTTP API is there all the same: /openapi.json says how to ask it.
`

// Asset answers with a file of the build, whose name holds the hash of its content.
func (s *Site) Asset(w http.ResponseWriter, r *http.Request) {
	f := s.files[strings.TrimPrefix(path.Clean(r.URL.Path), "/")]
	if f == nil {
		problem.New(http.StatusNotFound, "not_found", "there is nothing at this address").Write(w)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	f.serve(w, r)
}
