// Package process is what the processes of the product have in common: from the environment to the exit code, connections to Redis, readiness, and what is
// closed at the end. It knows no adapter.
package process
