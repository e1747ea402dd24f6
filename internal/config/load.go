package config

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Options is what developers set about a process.
type Options struct {
	// Required names the variables without which the process does not start: ProcessVariables
	// for the consumer and the server, fewer or none for a tool.
	Required []string
}

const (
	sourceEnvironment = "environment"
	sourceDefault     = "default"
	sourceUnset       = "not set"
)

// Load reads every variable through lookup (os.LookupEnv in a process). A variable that is set to
// the empty string counts as not set. The error is an *Error with every fault.
func Load(lookup func(string) (string, bool), opts Options) (*Config, error) {
	l := loader{lookup: lookup, config: &Config{}, older: map[string]string{}}
	table := variables()
	for _, v := range table {
		l.load(v, slices.Contains(opts.Required, v.name))
	}
	for _, name := range opts.Required {
		if !slices.ContainsFunc(table, func(v variable) bool { return v.name == name }) {
			l.fault(Fault{Variable: name, Given: "is required by this process", Expected: "a variable that exists"})
		}
	}
	l.finish()
	if len(l.faults) > 0 {
		return nil, &Error{Faults: l.faults}
	}
	return l.config, nil
}

type loader struct {
	lookup   func(string) (string, bool)
	config   *Config
	faults   []Fault
	older    map[string]string // older spelling → today's
	oldOrder []string
}

func (l *loader) get(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	s, ok := l.lookup(name)
	return s, ok && strings.TrimSpace(s) != ""
}

func (l *loader) load(v variable, required bool) {
	value, named, source := l.resolve(v)
	switch {
	case source != sourceUnset:
		if expected := v.assign(l.config, value); expected != "" {
			l.fault(Fault{Variable: named, Given: "was " + v.given(value), Expected: expected})
		}
	case required:
		doc, _, _ := strings.Cut(v.doc, ". ")
		expected := strings.ToLower(doc[:1]) + strings.TrimSuffix(doc[1:], ".")
		l.fault(Fault{Variable: v.name, Given: "is not set", Expected: expected})
	}
	s := v.setting()
	s.Value, s.Source = v.show(l.config), source
	if source == sourceUnset {
		s.Value = ""
	}
	l.config.settings = append(l.config.settings, s)
}

// resolve returns the value, the variable it came from and the words for its source.
func (l *loader) resolve(v variable) (value, named, source string) {
	if s, ok := l.get(v.name); ok {
		return s, v.name, sourceEnvironment
	}
	if s, ok := l.get(v.older); ok {
		l.older[v.older] = v.name
		l.oldOrder = append(l.oldOrder, v.older)
		return s, v.older, "older spelling " + v.older
	}
	if s, ok := l.get(v.fallback); ok {
		return s, v.fallback, "fallback from " + v.fallback
	}
	switch {
	case v.derive != nil:
		// A fault of what it derives from has been reported under that one's name.
		if value, source = v.derive(l.config); v.assign(l.config, value) != "" {
			return "", v.name, sourceUnset
		}
		return value, v.name, source
	case v.def != "":
		return v.def, v.name, sourceDefault
	}
	return "", v.name, sourceUnset
}

// fault adds f once: a bad value that two variables share is one fault.
func (l *loader) fault(f Fault) {
	if !slices.Contains(l.faults, f) {
		l.faults = append(l.faults, f)
	}
}

// finish applies what concerns more than one variable.
func (l *loader) finish() {
	c := l.config
	c.collectBranding()
	if c.IsSet("APP_DISPATCHER_CLAIM_MIN_IDLE") {
		c.Dispatcher.Lease = c.Stream.ClaimMinIdle
		for i := range c.settings {
			if s := &c.settings[i]; s.Name == "APP_DISPATCHER_LEASE" {
				s.Value, s.Source = fmt.Sprint(c.Stream.ClaimMinIdle.Milliseconds()), "overridden by APP_DISPATCHER_CLAIM_MIN_IDLE"
			}
		}
	}
	l.finishRedis()
	l.finishGateway()
	if c.Backend.Host == c.Broker.Host && c.Backend.Port == c.Broker.Port {
		c.Backend = c.Broker
	}
	for _, s := range c.settings {
		if strings.HasPrefix(s.Name, "APP_MONGODB_") && c.IsSet(s.Name) {
			c.Mongo.Configured = true
		}
	}
	c.Cassandra.Configured = len(c.Cassandra.Servers()) > 0
	c.MinIO.Configured = c.MinIO.Endpoint != ""
	l.finishLive()
	if c.Dispatcher.ClaimCheckBytes > 0 && c.Dispatcher.Files == "" && (!c.MinIO.Configured || c.MinIO.EngagementBucket == "") {
		l.fault(Fault{Variable: "APP_DISPATCHER_CLAIM_CHECK_BYTES", Given: "is set", Expected: "a place for results too: APP_MINIO_ENDPOINT and APP_MINIO_ENGAGEMENT_BUCKET, or APP_DISPATCHER_FILES"})
	}
	if c.Override && c.OverrideRoutingKey == "" {
		l.fault(Fault{Variable: "APP_GO_DISPATCHER_OVERRIDE_ROUTING_KEY", Given: "is not set", Expected: "a routing key, because APP_GO_DISPATCHER_OVERRIDE is on"})
	}
	if c.Stream.Input != "" && c.Stream.Input == c.Stream.Rejected {
		l.fault(Fault{Variable: "APP_DISPATCHER_REJECTED_STREAM", Given: "is the input stream", Expected: "another stream, or a dead letter would be read as a request"})
	}
	l.warn()
}

// finishRedis refuses what would leave a connection in the clear though somebody meant it not to be, and addresses that are none.
func (l *loader) finishRedis() {
	c := l.config
	for _, r := range []struct {
		prefix string
		*Redis
	}{{"APP_REDIS_TLS", &c.Broker}, {"APP_BACKEND_REDIS_TLS", &c.Backend}} {
		prefix := strings.TrimSuffix(r.prefix, "TLS")
		l.onePassword(prefix+"PASSWORD", r.Password, r.PasswordFile)
		l.onePassword(prefix+"SENTINEL_PASSWORD", r.SentinelPassword, r.SentinelPasswordFile)
		for suffix, file := range map[string]string{"_CA_FILE": r.TLSCAFile, "_CERT_FILE": r.TLSCertFile, "_KEY_FILE": r.TLSKeyFile} {
			// The backend's authorities may be the broker's, whose flag is looked at first.
			if file != "" && !r.TLS && (r.Redis == &c.Broker || file != c.Broker.TLSCAFile) {
				l.fault(Fault{Variable: r.prefix, Given: "is off", Expected: "true, because " + r.prefix + suffix + " is set: the connection would be in the clear"})
			}
		}
		if (r.TLSCertFile == "") != (r.TLSKeyFile == "") {
			l.fault(Fault{Variable: r.prefix + "_CERT_FILE", Given: "and " + r.prefix + "_KEY_FILE are not both set", Expected: "a certificate with its key, or neither"})
		}
	}
	for variable, addrs := range map[string][]string{"APP_REDIS_SENTINELS": c.Broker.SentinelAddrs(), "APP_REDIS_CLUSTER_NODES": c.Broker.ClusterAddrs()} {
		for _, addr := range addrs {
			if host, port, err := net.SplitHostPort(addr); err != nil || host == "" || port == "" {
				l.fault(Fault{Variable: variable, Given: "was " + strconv.Quote(addr), Expected: "host:port, and more of them after commas"})
			}
		}
	}
	if len(c.Broker.ClusterAddrs()) == 0 {
		return
	}
	const cluster = "because APP_REDIS_CLUSTER_NODES is set"
	if len(c.Broker.SentinelAddrs()) > 0 {
		l.fault(Fault{Variable: "APP_REDIS_SENTINELS", Given: "is set", Expected: "nothing, " + cluster + ": a cluster has no sentinels"})
	}
	if c.Broker.DB != 0 {
		l.fault(Fault{Variable: "APP_REDIS_DB", Given: "was " + strconv.Itoa(c.Broker.DB), Expected: "0, " + cluster + ": a cluster has one database"})
	}
	if c.Dispatcher.WaitReplicas > 0 || c.Dispatcher.WaitFsync {
		l.fault(Fault{Variable: "APP_DISPATCHER_WAIT_REPLICAS", Given: "or APP_DISPATCHER_WAIT_FSYNC is set", Expected: "neither, " + cluster + ": a commit's writes are on several nodes there, and a wait is one node's"})
	}
	if !hashTag.MatchString(c.Stream.Input) {
		l.fault(Fault{Variable: "APP_DISPATCHER_INPUT_STREAM", Given: "was " + strconv.Quote(c.Stream.Input), Expected: "a name with a hash tag, like {go_dispatcher}, " + cluster + ": the keys of one step must share a slot"})
	}
}

// onePassword refuses a password that is given twice, by a variable and in a file.
func (l *loader) onePassword(variable string, password Secret, file string) {
	if !password.IsZero() && file != "" {
		l.fault(Fault{Variable: variable, Given: "and " + variable + "_FILE are both set", Expected: "one of them: which password holds would not be known"})
	}
}

// hashTag is in a name whose derived names are in the same slot of a cluster.
var hashTag = regexp.MustCompile(`^[^{]*\{[^}]+\}`) //nolint:gochecknoglobals // a compiled pattern is a constant

func (l *loader) warn() {
	if len(l.oldOrder) == 0 {
		return
	}
	pairs := make([]string, len(l.oldOrder))
	for i, old := range l.oldOrder {
		pairs[i] = old + " (now " + l.older[old] + ")"
	}
	l.config.Warnings = append(l.config.Warnings, "older spellings of variables are in use: "+strings.Join(pairs, ", "))
}
