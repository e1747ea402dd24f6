// Package app is the wiring of what computes: it turns a configuration into the consumer, and into what the command line needs of it, and is the only
// importer of adapters that reach stores. Tests and the demo run the same wiring as the process.
package app
