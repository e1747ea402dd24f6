//go:build !race

package chaos

// rssLimit is what a worker may take. It has a database engine and all drivers in it.
const rssLimit = 1 << 30
