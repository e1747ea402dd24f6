package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// The version of KEDA whose schemas the manifests are held to.
const kedaModule, kedaVersion = "github.com/kedacore/keda/v2", "v2.18.1"

// kustomization is the part of Kustomize's file that is used here.
type kustomization struct {
	APIVersion string           `json:"apiVersion"`
	Kind       string           `json:"kind"`
	Labels     []map[string]any `json:"labels,omitempty"`
	Resources  []string         `json:"resources"`
	Images     []map[string]any `json:"images,omitempty"`
}

// manifests returns the files that a kustomization lists, by name, without those of other folders.
func manifests(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	var k kustomization
	if err := yaml.UnmarshalStrict([]byte(read(t, "deploy", "kubernetes", folder, "kustomization.yaml")), &k); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range k.Resources {
		if !strings.HasPrefix(name, "../") {
			out[name] = []byte(read(t, "deploy", "kubernetes", folder, name))
		}
	}
	files, err := os.ReadDir(filepath.Join(root, "deploy", "kubernetes", folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(out)+1 {
		t.Errorf("%s: %d files, of which the kustomization lists %d", folder, len(files), len(out))
	}
	return out
}

// strict decodes a manifest into the type that Kubernetes has for it; an unknown key is an error.
func strict[T any](t *testing.T, text []byte, apiVersion, kind string) *T {
	t.Helper()
	var meta struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(text, &meta); err != nil || meta.APIVersion != apiVersion || meta.Kind != kind {
		t.Fatalf("%+v, %v: want %s %s", meta, err, apiVersion, kind)
	}
	out := new(T)
	if err := yaml.UnmarshalStrict(text, out, yaml.DisallowUnknownFields); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBase decodes each manifest strictly, and holds them to each other and to the product's configuration.
func TestBase(t *testing.T) {
	t.Parallel()
	files := manifests(t, "base")
	config := strict[corev1.ConfigMap](t, files["configmap.yaml"], "v1", "ConfigMap")
	account := strict[corev1.ServiceAccount](t, files["serviceaccount.yaml"], "v1", "ServiceAccount")
	consumer := strict[appsv1.Deployment](t, files["consumer.yaml"], "apps/v1", "Deployment")
	server := strict[appsv1.Deployment](t, files["server.yaml"], "apps/v1", "Deployment")
	budget := strict[policyv1.PodDisruptionBudget](t, files["consumer-pdb.yaml"], "policy/v1", "PodDisruptionBudget")
	network := strict[networkingv1.NetworkPolicy](t, files["networkpolicy.yaml"], "networking.k8s.io/v1", "NetworkPolicy")
	service := strict[corev1.Service](t, files["service.yaml"], "v1", "Service")

	variables := read(t, "docs", "configuration.md")
	names := []string{}
	for name := range config.Data {
		names = append(names, name)
	}
	for _, d := range []*appsv1.Deployment{consumer, server} {
		pod := d.Spec.Template.Spec
		c := pod.Containers[0]
		for key, value := range d.Spec.Selector.MatchLabels {
			if d.Spec.Template.Labels[key] != value {
				t.Errorf("%s selects other pods than it makes", d.Name)
			}
		}
		for _, e := range c.Env {
			names = append(names, e.Name)
			if strings.Contains(e.Name, "PASSWORD") && (e.ValueFrom == nil || e.ValueFrom.SecretKeyRef == nil) {
				t.Errorf("%s: %s comes from no secret", d.Name, e.Name)
			}
		}
		ports := map[string]int32{}
		for _, p := range c.Ports {
			ports[p.Name] = p.ContainerPort
		}
		for what, probe := range map[string]*corev1.Probe{"liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
			if probe == nil || probe.HTTPGet == nil || ports[probe.HTTPGet.Port.String()] == 0 || probe.HTTPGet.Path != map[string]string{"liveness": "/health", "readiness": "/ready"}[what] {
				t.Errorf("%s: its %s probe", d.Name, what)
			}
		}
		if pod.ServiceAccountName != account.Name || c.Resources.Requests == nil || c.Resources.Limits.Memory().IsZero() || !*c.SecurityContext.ReadOnlyRootFilesystem || !*pod.SecurityContext.RunAsNonRoot {
			t.Errorf("%s: its account, resources or rights", d.Name)
		}
		if !slices.ContainsFunc(c.EnvFrom, func(e corev1.EnvFromSource) bool { return e.ConfigMapRef != nil && e.ConfigMapRef.Name == config.Name }) {
			t.Errorf("%s does not read the configuration", d.Name)
		}
	}
	for _, name := range names {
		if name != "HOME" && name != "TMPDIR" && !strings.Contains(variables, "| `"+name+"` |") {
			t.Errorf("%s is no variable of the product", name)
		}
	}
	// Kubernetes must wait longer than the drain and the last commits take.
	drain, err := time.ParseDuration(config.Data["APP_DISPATCHER_DRAIN_TIMEOUT"] + "s")
	if grace := time.Duration(*consumer.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second; err != nil || grace < drain+10*time.Second {
		t.Errorf("grace period %v, drain %v, %v", grace, drain, err)
	}
	pods := consumer.Spec.Template.Labels
	for what, selector := range map[string]map[string]string{"budget": budget.Spec.Selector.MatchLabels, "network": network.Spec.PodSelector.MatchLabels} {
		for key, value := range selector {
			if pods[key] != value {
				t.Errorf("the %s selects no consumer", what)
			}
		}
	}
	for key, value := range service.Spec.Selector {
		if server.Spec.Template.Labels[key] != value || service.Spec.Ports[0].TargetPort != intstr.FromString("http") {
			t.Error("the service selects no server")
		}
	}
}

// TestKEDA holds its objects to the schemas that KEDA itself ships, with unknown keys refused, and to the base.
func TestKEDA(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", kedaModule+"@"+kedaVersion).Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	files := manifests(t, "keda")
	for name, crd := range map[string]string{"scaledobject.yaml": "keda.sh_scaledobjects.yaml", "triggerauthentication.yaml": "keda.sh_triggerauthentications.yaml"} {
		schema := schemaOf(t, filepath.Join(module.Dir, "config", "crd", "bases", crd))
		object := value(t, files[name])
		if err := schema.Validate(object); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The same with a typo is refused.
		spec := object.(map[string]any)["spec"].(map[string]any)
		spec["tpyo"] = true
		if schema.Validate(object) == nil {
			t.Errorf("%s: an unknown key is accepted", name)
		}
	}
	var scaled struct {
		Spec struct {
			ScaleTargetRef struct{ Name string }
			Triggers       []struct {
				Type     string
				Metadata map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(files["scaledobject.yaml"], &scaled); err != nil {
		t.Fatal(err)
	}
	consumer := strict[appsv1.Deployment](t, manifests(t, "base")["consumer.yaml"], "apps/v1", "Deployment")
	config := strict[corev1.ConfigMap](t, manifests(t, "base")["configmap.yaml"], "v1", "ConfigMap")
	if scaled.Spec.ScaleTargetRef.Name != consumer.Name {
		t.Errorf("it scales %s", scaled.Spec.ScaleTargetRef.Name)
	}
	for _, trigger := range scaled.Spec.Triggers {
		switch trigger.Type {
		case "redis-streams":
			class := strings.TrimPrefix(trigger.Metadata["stream"], config.Data["APP_DISPATCHER_INPUT_STREAM"])
			if !slices.Contains([]string{"", ":refresh", ":export"}, class) || trigger.Metadata["streamLength"] == "" || config.Data[trigger.Metadata["hostFromEnv"]] == "" || config.Data[trigger.Metadata["portFromEnv"]] == "" {
				t.Errorf("%+v", trigger)
			}
		case "prometheus":
			if err := check(scrape(t), trigger.Metadata["query"]); err != nil {
				t.Errorf("%s: %v", trigger.Metadata["query"], err)
			}
		default:
			t.Errorf("an unknown trigger: %s", trigger.Type)
		}
	}
}

func value(t *testing.T, text []byte) any {
	t.Helper()
	raw, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// schemaOf reads the schema of a custom resource definition, and closes its objects.
func schemaOf(t *testing.T, path string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	versions := value(t, text).(map[string]any)["spec"].(map[string]any)["versions"].([]any)
	schema := versions[0].(map[string]any)["schema"].(map[string]any)["openAPIV3Schema"].(map[string]any)
	// What every object has is left open in the definition.
	schema["properties"].(map[string]any)["metadata"] = map[string]any{"type": "object"}
	closed(schema)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("crd.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("crd.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// closed refuses unknown keys wherever a definition lists the known ones, as the server prunes them.
func closed(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		_, lists := s["properties"].(map[string]any)
		if _, said := s["additionalProperties"]; lists && !said && s["x-kubernetes-preserve-unknown-fields"] != true {
			s["additionalProperties"] = false
		}
		for _, inner := range s {
			closed(inner)
		}
	case []any:
		for _, inner := range s {
			closed(inner)
		}
	}
}
