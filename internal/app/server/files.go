package server

import (
	"fmt"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

// filesFolder opens the folder of files, which the server hands out where messages name it as their address; nil where they do not.
func filesFolder(c *config.Config) (*os.Root, error) {
	if c.Dispatcher.Files == "" || c.Dispatcher.FilesURL == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	if err := os.MkdirAll(c.Dispatcher.Files, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for files: %w", err)
	}
	root, err := os.OpenRoot(c.Dispatcher.Files)
	if err != nil {
		return nil, fmt.Errorf("open the folder for files: %w", err)
	}
	return root, nil
}
