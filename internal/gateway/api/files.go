package api

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
	"github.com/go-dispatcher/dispatcher/internal/storage"
)

// filePart is what a part of a stored file's name is made of; see storage.Key.
var filePart = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,79}$`) //nolint:gochecknoglobals // a compiled pattern is a constant

// file answers with a report or an export that consumers of this machine have put into the folder for files. Others' files are not there.
func (a *API) file(w http.ResponseWriter, r *http.Request) error {
	unknown := notFound("unknown_file", "there is no such file")
	if a.o.Files == nil {
		return unknown
	}
	parts := []string{r.PathValue("kind"), r.PathValue("tenant"), r.PathValue("day"), r.PathValue("name")}
	for _, part := range parts {
		if !filePart.MatchString(part) {
			return unknown
		}
	}
	if c := caller.From(r.Context()); !c.Trusted && (c.Tenant == "" || parts[1] != storage.Key(c.Tenant)) {
		return unknown
	}
	f, err := a.o.Files.Open(path.Join(parts...))
	if errors.Is(err, fs.ErrNotExist) {
		return unknown
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return unknown
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	// What a file says is its own: it may run nothing here, and reach nothing.
	h.Add("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	if !strings.HasSuffix(parts[3], ".pdf") {
		h.Set("Content-Disposition", `attachment; filename="`+parts[3]+`"`)
	}
	http.ServeContent(w, r, parts[3], info.ModTime(), f)
	return nil
}
