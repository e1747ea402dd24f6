package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// file is one file of the build, as it is and compressed.
type file struct {
	contentType string
	variants    map[string]variant // by content encoding; "" as it is
}

type variant struct {
	body []byte
	tag  string
}

func newVariant(body []byte) variant {
	sum := sha256.Sum256(body)
	return variant{body: body, tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// encoded says which file a name is of, and how that one is compressed in it.
func encoded(name string) (base, encoding string) {
	if base, ok := strings.CutSuffix(name, ".br"); ok {
		return base, "br"
	}
	if base, ok := strings.CutSuffix(name, ".gz"); ok {
		return base, "gzip"
	}
	return name, ""
}

// contentType knows what the build makes. The system's table is not asked: it differs from one machine to the next.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	encoding := ""
	for _, e := range [...]string{"br", "gzip"} { // the best first
		if _, ok := f.variants[e]; ok && accepts(r.Header.Values("Accept-Encoding"), e) {
			encoding = e
			break
		}
	}
	v := f.variants[encoding]
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", v.tag)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		h.Set("Content-Length", strconv.Itoa(len(v.body))) // ServeContent leaves it out where there is an encoding
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(v.body))
}

// accepts says whether a client takes an encoding: it names it, and not with a weight of 0.
func accepts(headers []string, encoding string) bool {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
		n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !ok || err == nil && n > 0
	}
	return false
}
