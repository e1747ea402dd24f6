package catalogs_test

import (
	"testing"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
)

func TestCatalogsLoad(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../internal/catalog/builtin", "flights", "quickstart", "stores"} {
		if _, err := catalog.LoadPath(path); err != nil {
			t.Errorf("%s:\n%v", path, err)
		}
	}
}
