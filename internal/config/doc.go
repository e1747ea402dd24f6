// Package config turns the environment into typed sections.
//
// One table of variables is the source of everything: what is loaded, what `dispatcher config`
// prints and what docs/configuration.md says. Load reports every fault at once and never guesses: a
// value that does not parse is an error that names its variable. Secrets are never part of an
// error, of a print-out or of a log line.
//
// It is a leaf: it knows no driver and opens no connection. Only internal/app, internal/cli and
// cmd import it; everything else is handed what it needs.
package config

//go:generate go run ./gen ../../docs/configuration.md
