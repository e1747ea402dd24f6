package config

func storeVariables() []variable {
	rows := []variable{
		{name: "APP_MONGODB_URI", schemes: []string{"mongodb", "mongodb+srv"}, doc: "Document store's address. Where it is set the parts below are not used.",
			into: func(c *Config) any { return &c.Mongo.URI }},
		{name: "APP_MONGODB_HOST", def: "localhost", doc: "Document store's host.", into: func(c *Config) any { return &c.Mongo.Host }},
		{name: "APP_MONGODB_PORT", def: "27017", min: 1, max: maxPort, doc: "Document store's port.", into: func(c *Config) any { return &c.Mongo.Port }},
		{name: "APP_MONGODB_USER", doc: "Document store's user.", into: func(c *Config) any { return &c.Mongo.User }},
		{name: "APP_MONGODB_PASSWORD", doc: "Document store's password.", into: func(c *Config) any { return &c.Mongo.Password }},
		{name: "APP_MONGODB_DBNAME", doc: "Document store's database.", into: func(c *Config) any { return &c.Mongo.DBName }},
		{name: "APP_MONGODB_TLS", def: "false", doc: "Whether the document store is reached over TLS.", into: func(c *Config) any { return &c.Mongo.TLS }},
		{name: "APP_MONGODB_OPTIONS", doc: "Connection options as in an address's query, for example `authSource=admin&replicaSet=rs0`.",
			into: func(c *Config) any { return &c.Mongo.Options }},
		{name: "APP_CASSANDRA_SERVER_1", doc: "First contact point.", into: func(c *Config) any { return &c.Cassandra.Server1 }},
		{name: "APP_CASSANDRA_SERVER_2", doc: "Second contact point.", into: func(c *Config) any { return &c.Cassandra.Server2 }},
		{name: "APP_CASSANDRA_DEFAULT_KEYSPACE", doc: "Keyspace of queries that name none.", into: func(c *Config) any { return &c.Cassandra.Keyspace }},
		{name: "APP_MINIO_ENDPOINT", doc: "Object storage, host:port.", into: func(c *Config) any { return &c.MinIO.Endpoint }},
		{name: "APP_MINIO_ACCESS_KEY", doc: "Object storage's access key.", into: func(c *Config) any { return &c.MinIO.AccessKey }},
		{name: "APP_MINIO_SECRET_KEY", doc: "Object storage's secret key.", into: func(c *Config) any { return &c.MinIO.SecretKey }},
		{name: "APP_MINIO_REGION", def: "us-east-1", doc: "Object storage's region.", into: func(c *Config) any { return &c.MinIO.Region }},
		{name: "APP_MINIO_USE_SSL", def: "false", doc: "Whether the object storage is reached over TLS.", into: func(c *Config) any { return &c.MinIO.UseSSL }},
		{name: "APP_MINIO_WHATSAPP_BUCKET", doc: "Bucket of chat media.", into: func(c *Config) any { return &c.MinIO.WhatsAppBucket }},
		{name: "APP_MINIO_ENGAGEMENT_BUCKET", doc: "Bucket of care attachments and exports.", into: func(c *Config) any { return &c.MinIO.EngagementBucket }},
	}
	return inSection("Stores", rows)
}
