package config

func httpVariables() []variable {
	web := []string{"http", "https"}
	rows := []variable{
		{name: "APP_LIVE_KIND", ours: true, def: LivePost, oneOf: []string{LivePost, LiveCentrifugo, LiveMercure}, doc: "Protocol of the live service: `post` is any that takes a POST of the event, `centrifugo` Centrifugo's HTTP API, `mercure` a hub of the Mercure protocol.",
			into: func(c *Config) any { return &c.Live.Kind }},
		{name: "APP_LIVE_SERVICE_URL", schemes: web, doc: "Base URL of the live (SSE) service.", into: func(c *Config) any { return &c.Live.URL }},
		{name: "APP_LIVE_SERVICE_PATH", defText: "`/dispatcher/event`", path: true, doc: "Path that the live event is posted to; some services listen at `/publisher/event`. Without it Centrifugo is asked at `/api/publish`, a Mercure hub at `/.well-known/mercure`.",
			into: func(c *Config) any { return &c.Live.Path }, derive: func(c *Config) (string, string) { return c.Live.usualPath(), sourceDefault }},
		{name: "APP_LIVE_PREFIX", ours: true, doc: "What the name of a Centrifugo channel or a Mercure topic begins with; the routing key follows.",
			into: func(c *Config) any { return &c.Live.Prefix }},
		{name: "APP_LIVE_KEY", ours: true, doc: "Centrifugo's API key, or the key that Mercure's publishers sign their tokens with (HS256, 32 bytes at least).",
			into: func(c *Config) any { return &c.Live.Key }},
		{name: "APP_LIVE_KEY_FILE", ours: true, doc: "File that holds it, in the place of `APP_LIVE_KEY`; read for each post.",
			into: func(c *Config) any { return &c.Live.KeyFile }},
		{name: "APP_LIVE_MERCURE_PUBLIC", ours: true, def: "false", doc: "Whether a Mercure hub gives events to subscribers without a token, too.",
			into: func(c *Config) any { return &c.Live.MercurePublic }},
		{name: "APP_LIVE_MERCURE_TYPE", ours: true, doc: "Event type of Mercure's server-sent events; without it browsers take them as `message`.",
			into: func(c *Config) any { return &c.Live.MercureType }},
		{name: "APP_LIVE_TIMEOUT", ours: true, def: "10", unit: "s", min: 1, max: maxSeconds, doc: "Time limit of one live post.",
			into: func(c *Config) any { return &c.Live.Timeout }},
		{name: "APP_LIVE_POSTS", ours: true, def: "16", min: 1, max: 1 << 12, doc: "Live posts of a consumer that are under way at the same time; those of one routing key follow each other.",
			into: func(c *Config) any { return &c.Live.Posts }},
		{name: "APP_LIVE_GIVE_UP_AFTER", ours: true, def: "3600", unit: "s", min: 1, max: maxSeconds, doc: "Age from which an event that the live service does not take goes to the dead letters.",
			into: func(c *Config) any { return &c.Live.GiveUpAfter }},
		{name: "APP_LIVE_SECRETS", ours: true, doc: "Secrets that live posts are signed with (Standard Webhooks, `webhook-signature`), each `whsec_` and the base64 of 24 to 64 bytes. Where there are several, separated by spaces or commas, each post has the signature of each, so that a secret can be replaced. Posts are not signed where none is set.",
			into: func(c *Config) any { return &c.Live.Secrets }},
		{name: "APP_AI_APIS_TIMEOUT", def: "60", unit: "s", min: 1, max: maxSeconds, doc: "Time limit of one outgoing HTTP call.",
			into: func(c *Config) any { return &c.AITimeout }},
		{name: "APP_DIALECTS_AI_API", schemes: web, doc: "Dialects.", into: func(c *Config) any { return &c.AI.Dialects }},
		{name: "APP_THEMES_AI_API", schemes: web, doc: "Themes.", into: func(c *Config) any { return &c.AI.Themes }},
		{name: "APP_SUB_THEMES_AI_API", schemes: web, doc: "Sub-themes.", into: func(c *Config) any { return &c.AI.SubThemes }},
		{name: "APP_net_sentiment_interpretation_api", schemes: web, doc: "Interpretation of net sentiment. The name is in lower case, as it is in the field.",
			into: func(c *Config) any { return &c.AI.NetSentiment }},
		{name: "APP_CHATS_TOPKEYWORDS", schemes: web, doc: "Top keywords of chats.", into: func(c *Config) any { return &c.AI.ChatsTopKeywords }},
		{name: "APP_CDP_PROFILE_API", schemes: web, doc: "Customer profiles.", into: func(c *Config) any { return &c.AI.CDPProfile }},
		{name: "APP_OVERALL_SENTIMENT_URL", schemes: web, doc: "Overall sentiment.", into: func(c *Config) any { return &c.AI.OverallSentiment }},
		{name: "APP_BACKEND_API_URL", schemes: web, doc: "The product's backend.", into: func(c *Config) any { return &c.AI.Backend }},
	}
	return inSection("HTTP services", rows)
}

func behaviorVariables() []variable {
	rows := []variable{
		{name: "APP_GO_DISPATCHER_EVENT_TIMEOUT", def: "3600", unit: "s", min: 1, max: maxSeconds,
			doc:  "Age past which a request is stale, and the time limit of one request.",
			into: func(c *Config) any { return &c.EventTimeout }},
		{name: "APP_GO_DISPATCHER_OVERRIDE", def: "false", doc: "Send every output to one routing key (debugging).",
			into: func(c *Config) any { return &c.Override }},
		{name: "APP_GO_DISPATCHER_OVERRIDE_ROUTING_KEY", doc: "That routing key; required where the override is on.",
			into: func(c *Config) any { return &c.OverrideRoutingKey }},
	}
	return inSection("Requests", rows)
}
