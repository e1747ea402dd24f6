package config

import (
	"runtime"
	"strconv"
)

func ownVariables() []variable {
	rows := []variable{
		{name: "APP_DISPATCHER_LEASE", def: "30000", unit: "ms", min: 1000, max: maxMillis,
			doc:  "How long an entry stays a consumer's without being renewed; consumers renew what they hold every quarter of it. An explicitly set `APP_DISPATCHER_CLAIM_MIN_IDLE` is used in its place.",
			into: func(c *Config) any { return &c.Dispatcher.Lease }},
		{name: "APP_DISPATCHER_SLOTS", def: "64", min: 1, max: 1 << 16, doc: "Requests that run at the same time. A quarter more run for tenants that have none running, while one tenant's wait.",
			into: func(c *Config) any { return &c.Dispatcher.Slots }},
		{name: "APP_DISPATCHER_REFRESH_SLOTS", def: "16", max: 1 << 16, doc: "Alerts, further rounds of live dashboards and warm-ups that run at the same time, beside the others; 0 leaves them to other consumers.",
			into: func(c *Config) any { return &c.Dispatcher.RefreshSlots }},
		{name: "APP_DISPATCHER_EXPORT_SLOTS", def: "4", max: 1 << 16, doc: "Exports and newsletter reports that run at the same time, beside the others; 0 leaves them to other consumers.",
			into: func(c *Config) any { return &c.Dispatcher.ExportSlots }},
		{name: "APP_DISPATCHER_TENANT_SLOTS", def: "0", max: 1 << 16, doc: "Requests of one tenant that run at the same time in each class of a consumer; 0 is as many as the class has slots.",
			into: func(c *Config) any { return &c.Dispatcher.TenantSlots }},
		{name: "APP_DISPATCHER_WORKERS", min: 1, max: 1 << 12, defText: "number of CPUs", doc: "Queries that run at the same time.",
			into:   func(c *Config) any { return &c.Dispatcher.Workers },
			derive: func(*Config) (string, string) { return strconv.Itoa(runtime.GOMAXPROCS(0)), sourceDefault }},
		{name: "APP_DISPATCHER_COALESCE", def: "true", doc: "Whether equal queries that several consumers have under way at the same time are computed once, by a lease in Redis; not those of embedded sources. All consumers of an input stream have to reach the same data then. Within one process it is always so.",
			into: func(c *Config) any { return &c.Dispatcher.Coalesce }},
		{name: "APP_DISPATCHER_KEEP_BYTES", def: "67108864", max: 1 << 40, doc: "Memory for what was computed of days that are over, of datasets whose catalog says `keep`; what was used longest ago makes room. 0 keeps nothing. Where a catalog keeps days, the heap grows by as much, 64 MB at most, before garbage is collected.",
			into: func(c *Config) any { return &c.Dispatcher.KeepBytes }},
		{name: "APP_DISPATCHER_SHARE_BYTES", def: "67108864", max: 1 << 40, doc: "Memory of the broker for answers that consumers share, of datasets whose catalog says `share`, while `APP_DISPATCHER_COALESCE` is on; an answer for which there is no room is not shared. 0 shares none.",
			into: func(c *Config) any { return &c.Dispatcher.ShareBytes }},
		{name: "APP_DISPATCHER_KEEP_DIR", doc: "Folder on a local disk where what is kept of days survives a restart; consumers of one machine may share it. Without it, it is in memory alone.",
			into: func(c *Config) any { return &c.Dispatcher.KeepDir }},
		{name: "APP_DISPATCHER_WARM_PAGES", def: "20", max: 1000, doc: "Pages of each tenant that are remembered in Redis, with their filters, so that `dispatcher cache warm` can ask for them again: those that users ask for most, of catalogs that say `keep` or `share`. 0 remembers none.",
			into: func(c *Config) any { return &c.Dispatcher.WarmPages }},
		{name: "APP_DISPATCHER_WARM_EVERY", def: "0", unit: "s", max: maxSeconds, doc: "How often the remembered pages are asked for, by one of the consumers, at whole multiples of it since 1970 in UTC, while nobody waits for anything else. 0 is never. All consumers of an input stream say the same.",
			into: func(c *Config) any { return &c.Dispatcher.WarmEvery }},
		{name: "APP_DISPATCHER_WARM_AT", doc: "Times of day at which that is done, too, such as `06:00` or `00:05,12:30 Europe/Berlin`; in UTC where no time zone follows.",
			into: func(c *Config) any { return &c.Dispatcher.WarmAt }},
		{name: "APP_DISPATCHER_KEEP_DISK_BYTES", def: "1073741824", min: 1 << 20, max: 1 << 44, doc: "Room in that folder; what was used longest ago makes room.",
			into: func(c *Config) any { return &c.Dispatcher.KeepDiskBytes }},
		{name: "APP_DISPATCHER_KEEP_UPKEEP_AFTER", def: "60", unit: "s", max: maxSeconds, doc: "What is kept of days is divided anew for ranges that move on when no answer is being made. How long that may have to wait for such a moment; then it is done beside the answers, in at most a tenth of the time. 0 waits however long.",
			into: func(c *Config) any { return &c.Dispatcher.KeepUpkeepAfter }},
		{name: "APP_DISPATCHER_BUDGET_ROWS", def: "0", max: 1 << 50, doc: "Rows that the queries of one request may read, by estimate, where the catalog has no `budget` for its page; a page beyond it is rejected (`too_expensive`) before anything runs. 0 is no bound.",
			into: func(c *Config) any { return &c.Dispatcher.BudgetRows }},
		{name: "APP_DISPATCHER_BUDGET_BYTES", def: "0", max: 1 << 50, doc: "The same for bytes, of stores that tell (files, objects, Cassandra, Trino).",
			into: func(c *Config) any { return &c.Dispatcher.BudgetBytes }},
		{name: "APP_DISPATCHER_BUDGET_PARTS", def: "0", max: 1 << 40, doc: "The same for partitions (Cassandra), objects and files.",
			into: func(c *Config) any { return &c.Dispatcher.BudgetParts }},
		{name: "APP_DISPATCHER_TENANT_BUDGET_ROWS", def: "0", max: 1 << 50, doc: "Rows that all pages of one tenant may read in a minute, by estimate, in each consumer; they come back evenly. 0 is no bound.",
			into: func(c *Config) any { return &c.Dispatcher.TenantRows }},
		{name: "APP_DISPATCHER_DELIVERY_LIMIT", def: "5", min: 1, max: 1 << 16, doc: "Deliveries after which an entry goes to the dead letters without being run again.",
			into: func(c *Config) any { return &c.Dispatcher.DeliveryLimit }},
		{name: "APP_DISPATCHER_ATTEMPTS", def: "5", min: 1, max: 1 << 16, doc: "Executions of a request whose errors are transient.",
			into: func(c *Config) any { return &c.Dispatcher.Attempts }},
		{name: "APP_DISPATCHER_DRAIN_TIMEOUT", def: "25", unit: "s", max: maxSeconds, doc: "Time that running requests have to finish after a stop signal; what is left is handed back.",
			into: func(c *Config) any { return &c.Dispatcher.DrainTimeout }},
		{name: "APP_DISPATCHER_DEDUP_WINDOW", def: "3600", unit: "s", min: 1, max: maxSeconds, doc: "Time for which a finished request that carries a `request_id` is known, so that a resent one is not answered twice.",
			into: func(c *Config) any { return &c.Dispatcher.DedupWindow }},
		{name: "APP_DISPATCHER_WAIT_REPLICAS", def: "0", max: 64, doc: "Replicas of the broker that must have a commit before its slots take more work (WAIT); 0 waits for none.",
			into: func(c *Config) any { return &c.Dispatcher.WaitReplicas }},
		{name: "APP_DISPATCHER_WAIT_FSYNC", def: "false", doc: "Whether a commit must be on the broker's disk before, and on those of as many replicas (WAITAOF: Redis 7.2 or Valkey, with appendonly on).",
			into: func(c *Config) any { return &c.Dispatcher.WaitFsync }},
		{name: "APP_DISPATCHER_WAIT_TIMEOUT", def: "1000", unit: "ms", min: 1, max: 5000, doc: "How long a commit waits for them. Where that is not enough the commit is made all the same: it is counted (`dispatcher_commit_unreplicated_total`) and logged.",
			into: func(c *Config) any { return &c.Dispatcher.WaitTimeout }},
		{name: "APP_DISPATCHER_LIVE_INTERVAL", def: "30", unit: "s", min: 1, max: maxSeconds, doc: "Pause between two answers to a live dashboard (`is_live_dashboard`) whose request sets no `live_interval`.",
			into: func(c *Config) any { return &c.Dispatcher.LiveInterval }},
		{name: "APP_DISPATCHER_LIVE_SHORTEST_INTERVAL", def: "5", unit: "s", min: 1, max: maxSeconds, doc: "Least pause that a request may set; a shorter one is this.",
			into: func(c *Config) any { return &c.Dispatcher.LiveShortest }},
		{name: "APP_DISPATCHER_LIVE_LONGEST", def: "28800", unit: "s", min: 1, max: maxSeconds, doc: "How long a live dashboard is answered at most; its request may set an earlier end (`live_until`).",
			into: func(c *Config) any { return &c.Dispatcher.LiveLongest }},
		{name: "APP_DISPATCHER_LIVE_UNHEARD", def: "600", unit: "s", max: maxSeconds, doc: "How long a live dashboard is answered where nobody has ever said that they listen; 0 ends it after the first answer then.",
			into: func(c *Config) any { return &c.Dispatcher.LiveUnheard }},
		{name: "APP_DISPATCHER_COMPLETE_MESSAGE", def: "true", doc: "Whether a `Page__Complete` message follows the widgets; off for strict old readers.",
			into: func(c *Config) any { return &c.Dispatcher.CompleteMessage }},
		{name: "APP_DISPATCHER_MAX_REQUEST_BYTES", def: "1048576", min: 1, max: 1 << 29, doc: "Largest request, in bytes.",
			into: func(c *Config) any { return &c.Dispatcher.MaxRequestBytes }},
		{name: "APP_DISPATCHER_MAX_DEPTH", def: "64", min: 1, max: 1 << 12, doc: "Deepest nesting of a request's JSON.",
			into: func(c *Config) any { return &c.Dispatcher.MaxDepth }},
		{name: "APP_DISPATCHER_CATALOG", defText: "built in", doc: "Catalog folder or file.", into: func(c *Config) any { return &c.Dispatcher.Catalog }},
		{name: "APP_DISPATCHER_DATA", defText: "embedded", doc: "Data folder of the embedded engine.", into: func(c *Config) any { return &c.Dispatcher.Data }},
		{name: "APP_DISPATCHER_FILES", doc: "Folder for exports and reports where no object storage is set (`APP_MINIO_ENDPOINT` and `APP_MINIO_ENGAGEMENT_BUCKET`).",
			into: func(c *Config) any { return &c.Dispatcher.Files }},
		{name: "APP_DISPATCHER_FILES_URL", schemes: []string{"https", "http"}, doc: "Address under which readers get that folder's files: that of a `cmd/server` that has the same folder, with `/v1/files` at its end, like `https://dashboards.example.org/v1/files`. It hands each tenant its own. Without it links are file URLs.",
			into: func(c *Config) any { return &c.Dispatcher.FilesURL }},
		{name: "APP_DISPATCHER_CLAIM_CHECK_BYTES", def: "0", max: 1 << 30, doc: "Size of a result's data from which it is stored where exports are, and its message says where (`kind: stored`), on output streams and in live events; 0 sends all results whole. For readers that know such messages.",
			into: func(c *Config) any { return &c.Dispatcher.ClaimCheckBytes }},
		{name: "APP_DISPATCHER_LINK_EXPIRY", def: "86400", unit: "s", min: 60, max: 604800, doc: "How long links to exports, reports and stored results in the object storage hold; seven days at most.",
			into: func(c *Config) any { return &c.Dispatcher.LinkExpiry }},
		{name: "APP_DISPATCHER_CHROMIUM", def: "auto", doc: "Browser that makes the PDF of a report: a program's path, `auto` for an installed Chromium or Chrome, or `off`.",
			into: func(c *Config) any { return &c.Dispatcher.Chromium }},
		{name: "APP_DISPATCHER_PDF_TIMEOUT", def: "60", unit: "s", min: 1, max: 3600, doc: "Time limit of one PDF; the browser is killed at its end.",
			into: func(c *Config) any { return &c.Dispatcher.PDFTimeout }},
		{name: "APP_DISPATCHER_PDF_PARALLEL", def: "1", min: 1, max: 64, doc: "PDFs that are made at the same time; each is a browser of its own.",
			into: func(c *Config) any { return &c.Dispatcher.PDFParallel }},
		{name: "APP_DISPATCHER_ALLOW_EVICTION", def: "false", doc: "Whether consumers start although the broker's maxmemory-policy is not noeviction: such a server drops requests, results and marks when its memory is full.",
			into: func(c *Config) any { return &c.Dispatcher.AllowEviction }},
		{name: "APP_DISPATCHER_METRICS_PORT", def: "0", max: maxPort, doc: "Port of the consumer's `/health`, `/ready` and `/metrics`; 0 is off.",
			into: func(c *Config) any { return &c.Dispatcher.MetricsPort }},
	}
	for i := range rows {
		rows[i].ours = true
	}
	return inSection("Dispatcher", rows)
}

func observabilityVariables() []variable {
	rows := []variable{
		{name: "PORT", def: "8080", min: 1, max: maxPort, doc: "HTTP port of `cmd/server` on 0.0.0.0.", into: func(c *Config) any { return &c.Port }},
		{name: "APP_LOGFMT", def: "false",
			doc:  "`true` writes one JSON object a line, `false` key=value text. The name suggests the opposite; `APP_LOG_FORMAT` says what it means and wins.",
			into: func(c *Config) any { return &c.Log.Logfmt }},
		{name: "APP_LOG_FORMAT", ours: true, defText: "as `APP_LOGFMT` says", oneOf: []string{FormatJSON, FormatText}, doc: "Format of log lines.",
			into: func(c *Config) any { return &c.Log.Format },
			derive: func(c *Config) (string, string) {
				if c.Log.Logfmt {
					return FormatJSON, "fallback from APP_LOGFMT"
				}
				return FormatText, "fallback from APP_LOGFMT"
			}},
		{name: "APP_LOG_LEVEL", ours: true, def: "info", oneOf: []string{"debug", "info", "warn", "error"}, doc: "Lowest level that is logged.",
			into: func(c *Config) any { return &c.Log.Level }},
		{name: "OTEL_SERVICE_NAME", def: "dispatcher-engine", doc: "Service name of traces, metrics and logs.", into: func(c *Config) any { return &c.OTel.ServiceName }},
		{name: "OTEL_TRACES_EXPORTER", oneOf: []string{"none", "otlp"}, doc: "Exporter of traces: otlp sends them over HTTP (OTLP, protobuf). The other standard variables of OpenTelemetry (sampler, headers, batches) hold too.", into: func(c *Config) any { return &c.OTel.TracesExporter }},
		{name: "OTEL_METRICS_EXPORTER", doc: "Exporter of metrics. Accepted; nothing is exported yet: metrics are at /metrics.", into: func(c *Config) any { return &c.OTel.MetricsExporter }},
		{name: "OTEL_LOGS_EXPORTER", doc: "Exporter of logs. Accepted; nothing is exported yet.", into: func(c *Config) any { return &c.OTel.LogsExporter }},
		{name: "OTEL_EXPORTER_OTLP_ENDPOINT", schemes: []string{"http", "https"}, doc: "Collector's base address, as in http://localhost:4318; /v1/traces is added. A user and password in it are basic authentication, unless OTEL_EXPORTER_OTLP_HEADERS has an authorization.", into: func(c *Config) any { return &c.OTel.Endpoint }},
		{name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", schemes: []string{"http", "https"}, doc: "Address that traces are sent to, path included; it goes before the base address.", into: func(c *Config) any { return &c.OTel.TracesEndpoint }},
		{name: "OTEL_EXPORTER_OTLP_PROTOCOL", oneOf: []string{"http/protobuf"}, doc: "Protocol of exporters; gRPC is not spoken.", into: func(c *Config) any { return &c.OTel.Protocol }},
		{name: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", oneOf: []string{"http/protobuf"}, doc: "Protocol of traces; gRPC is not spoken.", into: func(c *Config) any { return &c.OTel.TracesProtocol }},
	}
	return inSection("Server, logs and telemetry", rows)
}
