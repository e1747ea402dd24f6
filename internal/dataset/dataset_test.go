package dataset

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestExtract(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Extract(dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"conversations/LICENSE", "conversations/README.md", "conversations/posts.parquet"}
	if diff := cmp.Diff(want, Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for _, name := range want {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(data) || len(got) == 0 {
			t.Errorf("%s: %d bytes extracted, want the embedded %d", name, len(got), len(data))
		}
	}
}

func TestExtractKeepsWhatIsThereAndRepairsWhatIsNot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := Extract(dir); err != nil {
		t.Fatal(err)
	}
	same, broken := filepath.Join(dir, "conversations", "LICENSE"), filepath.Join(dir, "conversations", "posts.parquet")
	long := time.Date(2002, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(same, long, long); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Extract(dir); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(same)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(long) {
		t.Error("a file with the same content was written again")
	}
	if info, err = os.Stat(broken); err != nil || info.Size() < 100_000 {
		t.Errorf("the damaged file was not replaced: %v, %v", info, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "conversations", ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
}

func TestExtractSaysWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Extract(file); err == nil {
		t.Error("no error for a data root that is a file")
	}
}
