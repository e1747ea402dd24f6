//go:build race

package chaos

// rssLimit is what a worker may take with the race detector, which doubles what Go allocates.
const rssLimit = 3 << 29
