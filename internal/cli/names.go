package cli

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
	"github.com/go-dispatcher/dispatcher/internal/models"
)

// pageOf finds the page that a request asks for, as it is served: its product's, or the one of all products.
func pageOf(c *catalog.Catalog, req *models.Request) (*catalog.Page, error) {
	if req.PageName == "" {
		return nil, errors.New("which page? name it by --page, by --event, or in the request of --file")
	}
	for _, product := range []string{req.Product, ""} {
		if page, ok := c.Pages[catalog.PageKey{Product: product, Page: req.PageName}.String()]; ok {
			return page, nil
		}
	}
	return nil, noPage(req.PageName, slices.Collect(maps.Keys(c.Pages)))
}

// pageNamed is what a page may be that the catalog has not.
func pageNamed(cat *catalog.Catalog, name string) string {
	for key, page := range cat.Pages {
		if page.Key.Page == name {
			return " (did you mean " + key + "?)"
		}
	}
	return ""
}

// suggested is what a name may have been meant to be, in brackets; empty where nothing is near.
func suggested(name string, known iter.Seq[string]) string {
	if text := catalog.Suggest(name, slices.Collect(known)); text != "" {
		return " (" + text + ")"
	}
	return ""
}

// noPage says that a page is not there, and what may be meant.
func noPage(name string, known []string) error {
	if hint := catalog.Suggest(name, known); hint != "" {
		return fmt.Errorf("no page %s in the catalog; %s", name, hint)
	}
	return fmt.Errorf("no page %s in the catalog, which has %d; `dispatcher catalog docs` lists them", name, len(known))
}
