package config

import "strconv"

const (
	secStreams = "Streams"
	secRedis   = "Redis"
	maxMillis  = 7 * 24 * 3600 * 1000
	maxSeconds = 366 * 24 * 3600
	maxPort    = 65535
)

func streamVariables() []variable {
	rows := []variable{
		{name: "APP_DISPATCHER_INPUT_STREAM", process: true, older: "APP_PUBLISHER_INPUT_STREAM",
			doc:  "Request stream, for example `go_dispatcher:requests`.",
			into: func(c *Config) any { return &c.Stream.Input }},
		{name: "APP_DISPATCHER_CONSUMER_GROUP", process: true, older: "APP_PUBLISHER_CONSUMER_GROUP",
			doc:  "Consumer group, for example `go_dispatcher`. It is made at the start of the stream where it does not exist.",
			into: func(c *Config) any { return &c.Stream.Group }},
		{name: "APP_DISPATCHER_CONSUMER_NAME", process: true, older: "APP_PUBLISHER_CONSUMER_NAME",
			doc:  "Name of this consumer, unique within the group.",
			into: func(c *Config) any { return &c.Stream.Consumer }},
		{name: "APP_DISPATCHER_OUTPUT_STREAM_PREFIX", process: true, older: "APP_PUBLISHER_OUTPUT_STREAM_PREFIX",
			doc:  "An output stream is this prefix and the routing key, for example `go_dispatcher:out:`.",
			into: func(c *Config) any { return &c.Stream.OutputPrefix }},
		{name: "APP_DISPATCHER_REJECTED_STREAM", process: true, older: "APP_PUBLISHER_DEADLETTER_STREAM",
			doc:  "Dead-letter stream, for example `go_dispatcher:deadletters`. It must not be the input stream.",
			into: func(c *Config) any { return &c.Stream.Rejected }},
		{name: "APP_DISPATCHER_STREAM_MAXLEN", def: "0", older: "APP_PUBLISHER_STREAM_MAXLEN",
			doc:  "Approximate cap of each output stream and of the rejected stream; 0 is none.",
			into: func(c *Config) any { return &c.Stream.MaxLen }},
		{name: "APP_DISPATCHER_CLAIM_MIN_IDLE", def: "300000", unit: "ms", min: 1, max: maxMillis, older: "APP_PUBLISHER_CLAIM_MIN_IDLE",
			doc:  "Time after which a dead consumer's entry may be claimed. Where it is set it also is the lease; where it is not, `APP_DISPATCHER_LEASE` decides.",
			into: func(c *Config) any { return &c.Stream.ClaimMinIdle }},
	}
	return inSection(secStreams, rows)
}

func redisVariables() []variable {
	rows := []variable{
		{name: "APP_REDIS_HOST", def: "localhost", host: true, fallback: "APP_BACKEND_REDIS_SERVER",
			doc: "Broker: the Redis of the streams.", into: func(c *Config) any { return &c.Broker.Host }},
		{name: "APP_REDIS_PORT", def: "6379", min: 1, max: maxPort, fallback: "APP_BACKEND_REDIS_PORT",
			doc: "Broker's port.", into: func(c *Config) any { return &c.Broker.Port }},
		{name: "APP_REDIS_USERNAME", ours: true, doc: "Broker's user (ACL).", into: func(c *Config) any { return &c.Broker.Username }},
		{name: "APP_REDIS_PASSWORD", doc: "Broker's password.", into: func(c *Config) any { return &c.Broker.Password }},
		{name: "APP_REDIS_PASSWORD_FILE", ours: true, doc: "File that holds the broker's password, in the place of `APP_REDIS_PASSWORD`. It is read for each connection, so that a password can be replaced while the process runs; so are the files of certificates below.",
			into: func(c *Config) any { return &c.Broker.PasswordFile }},
		{name: "APP_REDIS_DB", ours: true, def: "0", max: 1 << 20, doc: "Broker's database number.", into: func(c *Config) any { return &c.Broker.DB }},
		{name: "APP_REDIS_TLS", def: "false", doc: "Whether the broker is reached over TLS.", into: func(c *Config) any { return &c.Broker.TLS }},
		{name: "APP_REDIS_TLS_CA_FILE", ours: true, doc: "PEM file of the authorities that sign the broker's certificate; the system's where it is not set.",
			into: func(c *Config) any { return &c.Broker.TLSCAFile }},
		{name: "APP_REDIS_TLS_CERT_FILE", ours: true, doc: "PEM file of the certificate that this process shows to the broker, for servers that ask for one; with its key in `APP_REDIS_TLS_KEY_FILE`.",
			into: func(c *Config) any { return &c.Broker.TLSCertFile }},
		{name: "APP_REDIS_TLS_KEY_FILE", ours: true, doc: "PEM file of that certificate's key.", into: func(c *Config) any { return &c.Broker.TLSKeyFile }},
		{name: "APP_REDIS_SENTINELS", ours: true, doc: "Sentinels that know the broker, as host:port, separated by commas. Where they are set they are asked for the primary, and host and port are not used; TLS holds for them too.",
			into: func(c *Config) any { return &c.Broker.Sentinels }},
		{name: "APP_REDIS_SENTINEL_MASTER", ours: true, def: "mymaster", doc: "Name under which the sentinels know the broker.", into: func(c *Config) any { return &c.Broker.SentinelMaster }},
		{name: "APP_REDIS_SENTINEL_USERNAME", ours: true, doc: "Sentinels' user (ACL).", into: func(c *Config) any { return &c.Broker.SentinelUsername }},
		{name: "APP_REDIS_SENTINEL_PASSWORD", ours: true, doc: "Sentinels' password.", into: func(c *Config) any { return &c.Broker.SentinelPassword }},
		{name: "APP_REDIS_SENTINEL_PASSWORD_FILE", ours: true, doc: "File that holds it, in the place of `APP_REDIS_SENTINEL_PASSWORD`; read for each connection.", into: func(c *Config) any { return &c.Broker.SentinelPasswordFile }},
		{name: "APP_REDIS_CLUSTER_NODES", ours: true, doc: "Nodes of a Redis Cluster that is the broker, as host:port, separated by commas; the others are found. Host and port are not used then, and the input stream's name needs a hash tag, like `{go_dispatcher}`.",
			into: func(c *Config) any { return &c.Broker.ClusterNodes }},
		{name: "APP_BACKEND_REDIS_SERVER", host: true, defText: "the broker's",
			doc:    "Redis that holds buffers and statuses. Where it is the broker's host and port, the broker's credentials, database and TLS are used for it too; a different server is reached with the variables below.",
			into:   func(c *Config) any { return &c.Backend.Host },
			derive: func(c *Config) (string, string) { return c.Broker.Host, "fallback from APP_REDIS_HOST" }},
		{name: "APP_BACKEND_REDIS_PORT", min: 1, max: maxPort, defText: "the broker's", doc: "Port of that Redis.",
			into:   func(c *Config) any { return &c.Backend.Port },
			derive: func(c *Config) (string, string) { return strconv.Itoa(c.Broker.Port), "fallback from APP_REDIS_PORT" }},
		{name: "APP_BACKEND_REDIS_USERNAME", ours: true, doc: "User of that Redis where it is a different server.", into: func(c *Config) any { return &c.Backend.Username }},
		{name: "APP_BACKEND_REDIS_PASSWORD", ours: true, doc: "Password of that Redis where it is a different server.", into: func(c *Config) any { return &c.Backend.Password }},
		{name: "APP_BACKEND_REDIS_PASSWORD_FILE", ours: true, doc: "File that holds it, in the place of `APP_BACKEND_REDIS_PASSWORD`.", into: func(c *Config) any { return &c.Backend.PasswordFile }},
		{name: "APP_BACKEND_REDIS_TLS", ours: true, defText: "the broker's", doc: "Whether that Redis is reached over TLS where it is a different server.", into: func(c *Config) any { return &c.Backend.TLS },
			derive: func(c *Config) (string, string) {
				return strconv.FormatBool(c.Broker.TLS), "fallback from APP_REDIS_TLS"
			}},
		{name: "APP_BACKEND_REDIS_TLS_CA_FILE", ours: true, doc: "PEM file of the authorities that sign its certificate; the broker's where it is not set.", fallback: "APP_REDIS_TLS_CA_FILE",
			into: func(c *Config) any { return &c.Backend.TLSCAFile }},
		{name: "APP_BACKEND_REDIS_TLS_CERT_FILE", ours: true, doc: "PEM file of the certificate that this process shows to it; with its key in `APP_BACKEND_REDIS_TLS_KEY_FILE`.",
			into: func(c *Config) any { return &c.Backend.TLSCertFile }},
		{name: "APP_BACKEND_REDIS_TLS_KEY_FILE", ours: true, doc: "PEM file of that certificate's key.", into: func(c *Config) any { return &c.Backend.TLSKeyFile }},
	}
	return inSection(secRedis, rows)
}

func inSection(section string, rows []variable) []variable {
	for i := range rows {
		rows[i].section = section
	}
	return rows
}
