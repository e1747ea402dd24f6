// Command gen writes docs/configuration.md from the table of variables in internal/config.
package main

import (
	"fmt"
	"os"

	"github.com/go-dispatcher/dispatcher/internal/config"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(config.Markdown()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "write the documentation:", err)
		os.Exit(1)
	}
}
