package door

import (
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/go-dispatcher/dispatcher/internal/gateway/caller"
)

// longestName bounds what becomes part of a key.
const longestName = 256

// claims are what a token says.
type claims struct {
	jwt.Claims
	own own
}

// own are the product's claims, as docs/http.md names them.
type own struct {
	Tenant      text      `json:"tenant"`
	Schema      text      `json:"company_schema"`
	Database    text      `json:"dbName"`
	Pages       *[]string `json:"pages"`
	RoutingKeys []string  `json:"routing_keys"`
	Roles       []string  `json:"roles"`
}

// text is a string, or a number as it is written: ids of companies are both in the field.
type text string

// UnmarshalJSON reads either.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') {
		*t = text(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// caller returns whom the claims name, or says why that is nobody.
func (c *claims) caller() (*caller.Caller, error) {
	for claim, name := range map[string]text{"tenant": c.own.Tenant, "company_schema": c.own.Schema, "dbName": c.own.Database} {
		if len(name) > longestName || strings.ContainsFunc(string(name), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, errors.New("the token's " + claim + " is too long, or has control characters")
		}
	}
	who := &caller.Caller{
		Subject: c.Subject, Tenant: string(c.own.Tenant), Schema: string(c.own.Schema), Database: string(c.own.Database),
		RoutingKeys: c.own.RoutingKeys, Roles: c.own.Roles, TokenID: c.ID, Expires: c.Expiry.Time(),
	}
	if c.IssuedAt != nil {
		who.Issued = c.IssuedAt.Time()
	}
	if c.own.Pages != nil {
		if who.Pages = *c.own.Pages; len(who.Pages) == 0 {
			who.Pages = []string{noPage} // a list that is empty allows nothing; no list is no restriction
		}
	}
	return who, nil
}

// noPage is a pattern that no page's name has.
const noPage = "\x00none"
