// Package web serves the dashboard: the files that `make web` has built, which are part of the binary. It holds no data and asks nobody who they
// are: the page asks the API, as any client does. What it promises: a file under /assets/ never changes under its name, the page itself is asked
// for anew each time, and nothing but the server's own scripts, styles and data is loaded by it.
//
// What the dashboard shows, and what its addresses mean, is in docs/dashboard.md; its sources are in web/.
package web
