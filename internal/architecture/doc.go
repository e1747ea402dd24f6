// Package architecture holds no code: its tests keep the layers of docs/ARCHITECTURE.md and the paths that
// the documents name true.
package architecture
