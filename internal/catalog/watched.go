package catalog

import (
	"os"
	"path/filepath"
)

// watched is the folder to watch: that of a file too, for an editor replaces a file by renaming another.
func watched(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}
