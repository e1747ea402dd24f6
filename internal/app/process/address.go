package process

import (
	"fmt"
	"os"
	"strings"

	"github.com/go-dispatcher/dispatcher/internal/catalog"
)

// URLOf reads the URL of a server from where the catalog says that it stands. Errors name the place, never the content.
func URLOf(def *catalog.Source) (string, error) {
	if def.URLEnv != "" {
		url := os.Getenv(def.URLEnv)
		if url == "" {
			return "", fmt.Errorf("the variable %s, which holds its URL, is not set", def.URLEnv)
		}
		return url, nil
	}
	text, err := os.ReadFile(def.URLFile)
	if err != nil {
		return "", fmt.Errorf("the file that holds its URL cannot be read: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// Missing says that an API's URL is in a variable that is not set: the product is used without that API.
func Missing(def *catalog.Source) bool {
	return def.Kind == "http" && def.URLFile == "" && def.URLEnv != "" && os.Getenv(def.URLEnv) == ""
}
