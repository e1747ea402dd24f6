// Command gen writes the documents of the HTTP API into a folder: go run ./gen FOLDER.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-dispatcher/dispatcher/internal/gateway/api"
)

func main() {
	for name, text := range map[string][]byte{"openapi.json": api.OpenAPI(), "asyncapi.json": api.AsyncAPI()} {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
