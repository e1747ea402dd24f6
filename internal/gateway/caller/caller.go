// Package caller says who asks: what a checked token allows, and nothing else decides.
package caller

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"
)

// Caller is whoever sent a request. Its zero value may do nothing.
type Caller struct {
	// Subject names it in logs.
	Subject string
	// Tenant is the company_id of all that it asks and reads. Schema and Database are the other names of the contract, where the token has them.
	Tenant, Schema, Database string
	// Pages and RoutingKeys are patterns with "*"; no page pattern is every page, no routing key none but the tenant's own.
	Pages, RoutingKeys []string
	Roles              []string
	// TokenID is its token's jti, Issued its iat; either may be missing.
	TokenID string
	Issued  time.Time
	// Expires is when its token ends; zero is never (loopback without authentication).
	Expires time.Time
	// Trusted is a loopback caller where no authentication is configured: its tenant is what it says, and it may read all.
	Trusted bool
}

type key struct{}

// With returns a context that carries the caller.
func With(ctx context.Context, c *Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From returns the caller of a request; one that may do nothing where there is none.
func From(ctx context.Context) *Caller {
	if c, ok := ctx.Value(key{}).(*Caller); ok {
		return c
	}
	return &Caller{}
}

// Namespace is the beginning of the routing keys that are the tenant's own.
func (c *Caller) Namespace() string {
	if c.Tenant == "" {
		return ""
	}
	return Namespace(c.Tenant)
}

// Namespace is the beginning of a tenant's own routing keys. The tenant is escaped, so that no tenant's is the beginning of another's.
func Namespace(tenant string) string { return "web:" + escape(tenant) + ":" }

func escape(s string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", "{", "%7B", "}", "%7D", "*", "%2A", " ", "%20").Replace(s)
}

// MayRead says whether the caller may read a routing key's messages.
func (c *Caller) MayRead(routingKey string) bool {
	own := c.Namespace()
	return c.Trusted || own != "" && strings.HasPrefix(routingKey, own) || !strings.HasPrefix(routingKey, "web:") && matches(c.RoutingKeys, routingKey)
}

// MayAsk says whether the caller may ask a page.
func (c *Caller) MayAsk(page string) bool {
	return c.Trusted || c.Tenant != "" && (len(c.Pages) == 0 || matches(c.Pages, page))
}

// Is says whether the caller has a role.
func (c *Caller) Is(role string) bool { return c.Trusted || slices.Contains(c.Roles, role) }

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(strings.NewReplacer("/", "\x00", "[", `\[`, "?", `\?`).Replace(p), strings.ReplaceAll(name, "/", "\x00"))
		return err == nil && ok
	})
}
