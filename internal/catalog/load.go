package catalog

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed builtin
var builtin embed.FS

// sections are the merged top-level maps of all files.
type sections struct {
	sources, datasets, pages []entry
}

// Load reads a catalog: root is a file, or a folder whose .yaml and .yml files are merged. The error is an
// Errors when the catalog is at fault. Unless a file says "extends: builtin" the built-in catalog is left out.
func Load(fsys fs.FS, root string) (*Catalog, error) {
	return load(fsys, root, "", true)
}

// LoadPath is Load for a file or folder of the operating system.
func LoadPath(name string) (*Catalog, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open the catalog: %w", err)
	}
	if info.IsDir() {
		return load(os.DirFS(name), ".", filepath.ToSlash(name), true)
	}
	dir, file := filepath.Dir(name), filepath.Base(name)
	return load(os.DirFS(dir), file, filepath.ToSlash(dir), true)
}

// LoadBuiltin reads the catalog that is part of the program.
func LoadBuiltin() (*Catalog, error) {
	return load(builtin, "builtin", "", false)
}

func load(fsys fs.FS, root, shown string, mayExtend bool) (*Catalog, error) {
	f, hash := &faults{}, sha256.New()
	s, extends, err := readAll(fsys, root, shown, hash, f)
	if err != nil {
		return nil, err
	}
	base := &sections{}
	if extends && mayExtend {
		if base, _, err = readAll(builtin, "builtin", "", hash, f); err != nil {
			return nil, err
		}
		s = overlay(base, s)
	}
	s.datasets = (&alike{what: "dataset", own: s.datasets, builtin: base.datasets, derive: deriveDataset, faults: f}).all()
	s.pages = (&alike{what: "page", own: s.pages, builtin: base.pages, derive: derivePage, faults: f}).all()
	cat := build(s, f)
	if err := f.err(); err != nil {
		return nil, err
	}
	cat.Version = hex.EncodeToString(hash.Sum(nil))[:12]
	return cat, nil
}

// readAll reads and merges the files at root; extends says whether one of them extends the built-in catalog.
func readAll(fsys fs.FS, root, shown string, hash io.Writer, f *faults) (s *sections, extends bool, err error) {
	names, err := filesAt(fsys, root)
	if err != nil {
		return nil, false, err
	}
	s = &sections{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, false, fmt.Errorf("read the catalog: %w", err)
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(data), data) // a hash never fails
		r := &reader{file: path.Join(shown, name), faults: f}
		v := r.read(data)
		if v == nil || !f.check(v, fileSpec(), "the catalog") {
			continue
		}
		extends = extends || v.get("extends") != nil
		s.sources = merge(s.sources, v.get("sources").entries(), entryName, f)
		s.datasets = merge(s.datasets, v.get("datasets").entries(), entryName, f)
		s.pages = merge(s.pages, v.get("pages").entries(), func(e entry) string { return pageKey(e).String() }, f)
	}
	return s, extends, nil
}

func filesAt(fsys fs.FS, root string) ([]string, error) {
	info, err := fs.Stat(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("open the catalog: %w", err)
	}
	if !info.IsDir() {
		return []string{root}, nil
	}
	list, err := fs.ReadDir(fsys, root)
	if err != nil {
		return nil, fmt.Errorf("list the catalog: %w", err)
	}
	var names []string
	for _, e := range list {
		if !e.IsDir() && isCatalogFile(e.Name()) {
			names = append(names, path.Join(root, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the catalog folder %s holds no .yaml file", root)
	}
	return names, nil
}

func isCatalogFile(name string) bool {
	ext := path.Ext(name)
	return !strings.HasPrefix(name, ".") && (ext == ".yaml" || ext == ".yml")
}

func entryName(e entry) string { return e.name }

// merge adds entries of another file; a name in both is a fault that names both places.
func merge(into, more []entry, name func(entry) string, f *faults) []entry {
	for _, e := range more {
		i := slices.IndexFunc(into, func(have entry) bool { return name(have) == name(e) })
		if i >= 0 {
			f.add(e.at, "", "%s is defined twice; first at %s", name(e), into[i].at)
			continue
		}
		into = append(into, e)
	}
	return into
}

// overlay puts a user's items over the built-in ones: the same name replaces the whole item.
func overlay(base, over *sections) *sections {
	put := func(base, over []entry, name func(entry) string) []entry {
		out := slices.DeleteFunc(slices.Clone(base), func(b entry) bool {
			return slices.ContainsFunc(over, func(o entry) bool { return name(o) == name(b) })
		})
		return append(out, over...)
	}
	return &sections{
		sources:  put(base.sources, over.sources, entryName),
		datasets: put(base.datasets, over.datasets, entryName),
		pages:    put(base.pages, over.pages, func(e entry) string { return pageKey(e).String() }),
	}
}
