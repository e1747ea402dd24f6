// Package gateway is the HTTP side of a process: /health, /ready and /metrics, and what other parts mount beside them (Route), behind one door.
//
// /health says that the process lives. /ready runs named checks, at once, within two seconds, and shares
// one result for a second, so that any number of probes costs a store one question. What a failing check says
// reaches the caller only as a class of error: never a host, an address or a driver's text.
// It opens no connection of its own and knows no driver.
package gateway
