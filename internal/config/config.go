package config

import (
	"cmp"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// Config is what users set, checked and complete: defaults and fallbacks are filled in.
type Config struct {
	Stream     Stream
	Dispatcher Dispatcher
	// Broker is the Redis of the streams; Backend the one of buffers and statuses.
	Broker, Backend Redis
	Mongo           Mongo
	Cassandra       Cassandra
	MinIO           MinIO
	Live            Live
	AI              AIEndpoints
	// AITimeout bounds one outgoing HTTP call.
	AITimeout time.Duration
	// EventTimeout is the age past which a request is stale, and the time limit of one request.
	EventTimeout time.Duration
	// Override sends every output to OverrideRoutingKey, for debugging.
	Override           bool
	OverrideRoutingKey string
	// Branding holds the white-label fields that are set, in the contract's order.
	Branding []Brand
	OTel     OTel
	Gateway  Gateway
	// Port is the HTTP port of cmd/server on all addresses.
	Port int
	Log  Log
	// Warnings are sentences to log once at the start.
	Warnings []string

	branding [11]string
	settings []Setting
}

// Stream names the streams of the contract.
type Stream struct {
	Input, Group, Consumer, OutputPrefix, Rejected string
	// MaxLen is the approximate cap of each output stream and of the rejected stream; 0 is none.
	MaxLen int64
	// ClaimMinIdle is the contract's variable. Consumers use Dispatcher.Lease, which follows it where it is set.
	ClaimMinIdle time.Duration
}

// Dispatcher holds the settings of this product that the contract does not know.
type Dispatcher struct {
	// Lease is how long an entry stays a consumer's without being renewed. An explicitly set
	// ClaimMinIdle has already been applied.
	Lease time.Duration
	Slots int // concurrent interactive requests
	// RefreshSlots and ExportSlots are concurrent requests of the other classes, 0 leaves them to other consumers; TenantSlots are those of one tenant in
	// each class, 0 is as many as there are.
	RefreshSlots, ExportSlots, TenantSlots int
	Workers                                int // concurrent queries
	// KeepBytes is how much memory days take that are over and kept; 0 keeps none.
	KeepBytes int
	// BudgetRows, BudgetBytes and BudgetParts are what a page may read, by estimate, and TenantRows how many rows all pages of a tenant a minute; 0 is no bound.
	BudgetRows, BudgetBytes, BudgetParts, TenantRows int
	// WarmEvery and WarmAt are when they are asked for; never where both are zero.
	WarmEvery time.Duration
	WarmAt    Daily
	// WarmPages is how many pages of each tenant are remembered, so that they can be asked for again; 0 remembers none.
	WarmPages int
	// ShareBytes is how much of the broker's memory shared answers take; 0 shares none.
	ShareBytes int
	// KeepDir is the folder where they survive a restart, "" for none, and KeepDiskBytes how much of it they take.
	KeepDir       string
	KeepDiskBytes int
	// KeepUpkeepAfter is how long what is kept may have to wait for a quiet moment to be divided anew; 0 is however long.
	KeepUpkeepAfter time.Duration
	// Coalesce has equal queries of several processes computed once.
	Coalesce      bool
	DeliveryLimit int // deliveries after which an entry is not run again
	Attempts      int // executions of a request whose errors are transient
	DrainTimeout  time.Duration
	DedupWindow   time.Duration
	// LiveInterval is the pause between the rounds of a live dashboard, LiveShortest the least that a request may set; LiveLongest how long it is
	// answered at most, and LiveUnheard how long where nobody has ever listened.
	LiveInterval, LiveShortest, LiveLongest, LiveUnheard time.Duration

	// WaitReplicas and WaitFsync are what commits wait for, WaitTimeout for how long.
	WaitReplicas int
	WaitFsync    bool
	WaitTimeout  time.Duration

	CompleteMessage bool
	// AllowEviction lets consumers start on a broker that evicts.
	AllowEviction   bool
	MaxRequestBytes int
	MaxDepth        int
	Catalog         string // folder or file; empty is the built-in catalog
	Data            string // folder; empty is the embedded data
	MetricsPort     int    // of the consumer; 0 is off
	ClaimCheckBytes int    // size from which a result is stored, and its place sent; 0 is off
	Files           string // folder of exports and reports without object storage; empty is none
	FilesURL        string // where a server hands out that folder; empty is nowhere
	LinkExpiry      time.Duration
	Chromium        string // a path, auto or off
	PDFTimeout      time.Duration
	PDFParallel     int
}

// Redis is one Redis server.
type Redis struct {
	Host     string
	Port     int
	Username string
	Password Secret
	// PasswordFile holds the password where it is set, and Password is empty then.
	PasswordFile string
	DB           int
	// TLS says that nothing is sent to the server but over TLS; the files are set only with it.
	TLS                                bool
	TLSCAFile, TLSCertFile, TLSKeyFile string
	// Sentinels are asked for the server's address where there are any: host:port, separated by commas.
	Sentinels, SentinelMaster, SentinelUsername string
	SentinelPassword                            Secret
	// SentinelPasswordFile holds the sentinels' password where it is set, and SentinelPassword is empty then.
	SentinelPasswordFile string
	// ClusterNodes are asked for the cluster's layout where there are any: host:port, separated by commas.
	ClusterNodes string
}

// Where names the server, or the nodes of the cluster, in messages.
func (r Redis) Where() string { return cmp.Or(r.ClusterNodes, r.Addr()) }

// SentinelAddrs returns the sentinels' addresses.
func (r Redis) SentinelAddrs() []string { return addresses(r.Sentinels) }

// ClusterAddrs returns the addresses of the cluster's nodes that are known.
func (r Redis) ClusterAddrs() []string { return addresses(r.ClusterNodes) }

func addresses(list string) (addrs []string) {
	for addr := range strings.SplitSeq(list, ",") {
		if addr = strings.TrimSpace(addr); addr != "" {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Addr returns host:port.
func (r Redis) Addr() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }

// Mongo is the document store: URI where it is set, else the parts.
type Mongo struct {
	// Configured says that at least one of its variables is set.
	Configured bool
	URI        URL
	Host       string
	Port       int
	User       string
	Password   Secret
	DBName     string
	TLS        bool
	Options    Query
}

// Cassandra is the wide-column store.
type Cassandra struct {
	// Configured says that a contact point is set.
	Configured       bool
	Server1, Server2 string
	Keyspace         string
}

// Servers returns the contact points that are set.
func (c Cassandra) Servers() []string {
	var s []string
	for _, h := range []string{c.Server1, c.Server2} {
		if h != "" {
			s = append(s, h)
		}
	}
	return s
}

// MinIO is the object storage.
type MinIO struct {
	// Configured says that an endpoint is set.
	Configured       bool
	Endpoint         string
	AccessKey        Secret
	SecretKey        Secret
	Region           string
	UseSSL           bool
	WhatsAppBucket   string
	EngagementBucket string
}

// Live is the service that live events are posted to.
type Live struct {
	// Kind is LivePost, LiveCentrifugo or LiveMercure.
	Kind    string
	URL     URL
	Path    string
	Timeout time.Duration
	// Secrets are as they were given, checked; SigningKeys returns what is in them.
	Secrets Secret
	// Prefix begins the names of channels and topics.
	Prefix string
	// Key is what Centrifugo or Mercure knows the product by; KeyFile holds it where it is set, and Key is empty then.
	Key     Secret
	KeyFile string
	// MercurePublic gives events to subscribers without a token; MercureType is their type.
	MercurePublic bool
	MercureType   string
	// Posts are under way at the same time, from one consumer.
	Posts int
	// GiveUpAfter is the age from which an event that the service does not take is a dead letter.
	GiveUpAfter time.Duration
}

// AIEndpoints are the HTTP APIs that pages ask; an empty one is not configured.
type AIEndpoints struct {
	Dialects, Themes, SubThemes, NetSentiment, ChatsTopKeywords, CDPProfile, OverallSentiment, Backend URL
}

// Brand is one white-label field, under the name that outputs carry.
type Brand struct{ Name, Value string }

// OTel is the standard OpenTelemetry environment; empty exporters are off.
type OTel struct {
	ServiceName                                   string
	TracesExporter, MetricsExporter, LogsExporter string
	// Protocol and TracesProtocol are http/protobuf, which is what there is.
	Protocol, TracesProtocol string
	// TracesEndpoint is used as it is; without it /v1/traces is added to Endpoint.
	Endpoint, TracesEndpoint URL
}

// The log formats.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// Log says how log lines are written.
type Log struct {
	// Format is FormatJSON or FormatText; APP_LOGFMT has already been applied.
	Format string
	Level  slog.Level
	// Logfmt is APP_LOGFMT as it was given.
	Logfmt bool
}
