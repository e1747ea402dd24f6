package architecture

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLongestTestsRun: a test that is left out of the run with the race detector, for the time it takes there, is in the run without it.
func TestLongestTestsRun(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^LONGEST = \^\((.*)\)\$\$$`).FindSubmatch(text)
	packages := regexp.MustCompile(`(?m)^\t\$\(GO\) test .*-run '\$\(LONGEST\)' (.*)$`).FindSubmatch(text)
	if names == nil || packages == nil {
		t.Fatal("the Makefile has no LONGEST, or does not run it")
	}
	run := func(dir string) bool {
		return slices.ContainsFunc(strings.Fields(string(packages[1])), func(pattern string) bool {
			below, all := strings.CutSuffix(pattern, "/...")
			return "./"+dir == below || all && strings.HasPrefix("./"+dir, below+"/")
		})
	}
	found := make(map[string]bool)
	listed := strings.Split(string(names[1]), "|")
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	for _, top := range []string{"internal", "test", "cmd", "catalogs", "clients"} {
		if err := filepath.WalkDir(filepath.Join("../..", top), func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path) //nolint:gosec // a file of the repository
			if err != nil {
				return err
			}
			for _, m := range declared.FindAllSubmatch(source, -1) {
				if name := string(m[1]); slices.Contains(listed, name) {
					dir := filepath.ToSlash(filepath.Dir(strings.TrimPrefix(path, "../../")))
					if found[name] = true; !run(dir) {
						t.Errorf("%s of %s runs neither with the race detector nor without", name, dir)
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range listed {
		if !found[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
