package telemetry

import "runtime/debug"

// Build is what the build recorded of itself.
type Build struct {
	Version  string `json:"version"` // "devel" where it is no release
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go,omitempty"`
}

// ReadBuild returns this process's build.
func ReadBuild() Build {
	b := Build{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	b.Go = info.GoVersion
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}
