package config

import (
	"fmt"
	"strconv"
)

// The protocols of live services.
const (
	LivePost       = "post"
	LiveCentrifugo = "centrifugo"
	LiveMercure    = "mercure"
)

// shortestMercureKey is what RFC 7518 asks of HS256, in bytes.
const shortestMercureKey = 32

// usualPath is where a service of the kind takes events.
func (l Live) usualPath() string {
	switch l.Kind {
	case LiveCentrifugo:
		return "/api/publish"
	case LiveMercure:
		return "/.well-known/mercure"
	}
	return "/dispatcher/event"
}

// finishLive refuses secrets that are none, and what a protocol lacks or does not know.
func (l *loader) finishLive() {
	c := l.config
	if _, bad := c.Live.signingKeys(); bad > 0 {
		l.fault(Fault{Variable: "APP_LIVE_SECRETS", Given: fmt.Sprintf("has a bad secret (number %d, not shown)", bad), Expected: "whsec_ and the base64 of 24 to 64 bytes, and more of them after spaces or commas"})
	}
	keyed := c.Live.Kind == LiveCentrifugo || c.Live.Kind == LiveMercure
	because := ", because APP_LIVE_KIND is " + c.Live.Kind
	switch has := !c.Live.Key.IsZero() || c.Live.KeyFile != ""; {
	case !c.Live.Key.IsZero() && c.Live.KeyFile != "":
		l.fault(Fault{Variable: "APP_LIVE_KEY", Given: "and APP_LIVE_KEY_FILE are both set", Expected: "one of them: which key holds would not be known"})
	case keyed && !has && !c.Live.URL.IsZero():
		l.fault(Fault{Variable: "APP_LIVE_KEY", Given: "is not set", Expected: "the service's key" + because})
	case c.Live.Kind == LivePost && has:
		l.fault(Fault{Variable: "APP_LIVE_KEY", Given: "or APP_LIVE_KEY_FILE is set", Expected: "APP_LIVE_SECRETS in its place, or another APP_LIVE_KIND: a plain post has no key"})
	}
	if n := len(c.Live.Key.Reveal()); c.Live.Kind == LiveMercure && n > 0 && n < shortestMercureKey {
		l.fault(Fault{Variable: "APP_LIVE_KEY", Given: "is too short (not shown)", Expected: strconv.Itoa(shortestMercureKey) + " bytes or more" + because})
	}
	if keyed && !c.Live.Secrets.IsZero() {
		l.fault(Fault{Variable: "APP_LIVE_SECRETS", Given: "is set", Expected: "nothing" + because + ": it is known by APP_LIVE_KEY"})
	}
}
