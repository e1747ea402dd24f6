// Package server is the wiring of the HTTP process. It asks no store for data and links no store's driver: what has to be computed is asked of consumers.
package server
