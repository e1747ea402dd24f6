package caller

import "testing"

func TestTenantsReadTheirOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		caller Caller
		key    string
		may    bool
	}{
		"own":                       {Caller{Tenant: "7"}, "web:7:sales", true},
		"another's":                 {Caller{Tenant: "7"}, "web:70:sales", false},
		"a name that holds another": {Caller{Tenant: "7:x"}, "web:7:x:sales", false},
		"nobody":                    {Caller{}, "web::sales", false},
		"the product's":             {Caller{Tenant: "7", RoutingKeys: []string{"u-7-*"}}, "u-7-1/a", true},
		"not the product's":         {Caller{Tenant: "7", RoutingKeys: []string{"u-7-*"}}, "u-8-1", false},
		"a pattern opens no tenant": {Caller{Tenant: "7", RoutingKeys: []string{"*"}}, "web:8:sales", false},
		"trusted":                   {Caller{Trusted: true}, "web:8:sales", true},
	} {
		if got := c.caller.MayRead(c.key); got != c.may {
			t.Errorf("%s: MayRead(%q) = %v", name, c.key, got)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	c := Caller{Tenant: "7", Pages: []string{"Research*"}}
	if !c.MayAsk("ResearchInsightsPage") || c.MayAsk("CustomDashboard") {
		t.Error("the token's pages do not decide")
	}
	if !(&Caller{Tenant: "7"}).MayAsk("Any") || (&Caller{}).MayAsk("Any") {
		t.Error("a tenant without a list may ask any page, nobody none")
	}
}
