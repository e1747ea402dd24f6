package config

func gatewayVariables() []variable {
	rows := []variable{
		{name: "APP_GATEWAY_JWT_SECRET", doc: "Secret that tokens (JWT) of HS256, HS384 or HS512 are signed with, 32 bytes at least (48 and 64 for the longer ones). Where there are several, separated by spaces, a token may be signed by any of them, so that a secret can be replaced. Without a secret and a key set the API answers processes of this machine alone.",
			into: func(c *Config) any { return &c.Gateway.JWTSecret }},
		{name: "APP_GATEWAY_JWT_SECRET_FILE", doc: "File that holds it, in the place of `APP_GATEWAY_JWT_SECRET`; read again at SIGHUP.",
			into: func(c *Config) any { return &c.Gateway.JWTSecretFile }},
		{name: "APP_GATEWAY_JWKS_URL", schemes: []string{"https", "http"}, doc: "Address of the key set (JWKS) for tokens of RS, PS and ES algorithms and EdDSA; https unless it is on this machine. It is read when it is first needed, every ten minutes, and for a key that is unknown, at most every 30 s.",
			into: func(c *Config) any { return &c.Gateway.JWKSURL }},
		{name: "APP_GATEWAY_JWKS_FILE", doc: "File that holds the key set, in the place of its address.",
			into: func(c *Config) any { return &c.Gateway.JWKSFile }},
		{name: "APP_GATEWAY_JWT_ISSUER", doc: "What a token's `iss` has to be; required with a secret or a key set.",
			into: func(c *Config) any { return &c.Gateway.Issuer }},
		{name: "APP_GATEWAY_JWT_AUDIENCE", doc: "What has to be in a token's `aud`; required with a secret or a key set.",
			into: func(c *Config) any { return &c.Gateway.Audience }},
		{name: "APP_GATEWAY_ORIGINS", doc: "Origins of other sites whose pages may ask with a bearer token (CORS), like `https://app.example.com`, separated by commas.",
			into: func(c *Config) any { return &c.Gateway.Origins }},
		{name: "APP_GATEWAY_FRAME_ANCESTORS", doc: "Origins whose pages may show the dashboard in a frame, separated by commas; none may where it is not set.",
			into: func(c *Config) any { return &c.Gateway.FrameAncestors }},
		{name: "APP_GATEWAY_TRUSTED_PROXIES", doc: "Addresses or networks (10.0.0.0/8) of the proxies in front, separated by commas: their `X-Forwarded-For` and `X-Forwarded-Proto` are believed, nobody else's.",
			into: func(c *Config) any { return &c.Gateway.TrustedProxies }},
		{name: "APP_GATEWAY_ADDRESS_RATE", def: "100", max: 1 << 20, doc: "Requests a second that a client's address may make of one process, a /64 of IPv6 being one; twice as many at once. 0 is no limit, here and in the next three. Processes of this machine are not counted where no authentication is configured.",
			into: func(c *Config) any { return &c.Gateway.AddressRate }},
		{name: "APP_GATEWAY_TENANT_RATE", def: "200", max: 1 << 20, doc: "Requests a second that a tenant may make of one process; twice as many at once.",
			into: func(c *Config) any { return &c.Gateway.TenantRate }},
		{name: "APP_GATEWAY_ADDRESS_STREAMS", def: "200", max: 1 << 20, doc: "Streams of events that a client's address may have open at the same time at one process.",
			into: func(c *Config) any { return &c.Gateway.AddressStreams }},
		{name: "APP_GATEWAY_TENANT_STREAMS", def: "5000", max: 1 << 20, doc: "Streams of events that a tenant may have open at the same time at one process.",
			into: func(c *Config) any { return &c.Gateway.TenantStreams }},
		{name: "APP_GATEWAY_ADMIN_PORT", def: "0", max: maxPort, doc: "Port of the operators' API (`/admin/v1`), for callers with the role `operator`; 0 is off.",
			into: func(c *Config) any { return &c.Gateway.AdminPort }},
		{name: "APP_GATEWAY_ADMIN_HOST", def: "127.0.0.1", host: true, doc: "Address that it listens on.",
			into: func(c *Config) any { return &c.Gateway.AdminHost }},
		{name: "APP_GATEWAY_ADMIN_PPROF", def: "false", doc: "Whether Go's profiles are served there, under `/debug/pprof/`.",
			into: func(c *Config) any { return &c.Gateway.AdminPprof }},
	}
	for i := range rows {
		rows[i].ours = true
	}
	return inSection("Gateway", rows)
}
