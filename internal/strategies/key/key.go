// Package key says under which names strategies are found, apart from the strategies: a process that only has to know whether there is one links none of them.
package key

import (
	"slices"
	"strings"
)

// Key is what a strategy is registered under.
type Key struct {
	Product, Page, Notification string
}

// String returns the key as the log shows it.
func (k Key) String() string {
	return strings.Join([]string{k.Product, k.Page, k.Notification}, "/")
}

// Echo is the page that answers with what it understood of its request.
const Echo = "EchoPage"

// ByHand are the keys of the strategies that are written in Go: those that the registration file registers.
func ByHand() []Key { return []Key{{Page: Echo}} }

const (
	productAlerts = "Alerts"
	defaultPage   = "Default"
)

// PageName returns the page that a request without a page name means.
func PageName(name string) string {
	if name == "" {
		return defaultPage
	}
	return name
}

// Of returns the keys under which the strategy of a request is looked for, the first hit being it: the exact triple; for product Alerts with a notification,
// product and notification as the page; product and page; the page alone.
func Of(product, page, notification string) []Key {
	page = PageName(page)
	keys := append(make([]Key, 0, 4), Key{product, page, notification})
	add := func(k Key) {
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	if product == productAlerts && notification != "" {
		add(Key{product, notification, ""})
	}
	add(Key{product, page, ""})
	add(Key{"", page, ""})
	return keys
}
