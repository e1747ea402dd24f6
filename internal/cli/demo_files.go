package cli

import (
	"fmt"
	"os"
)

// demoFiles gives the demo a folder for reports and exports, which its server hands out, where the environment names no place for them. It is removed at the end.
func demoFiles(e *env, vars map[string]string) (remove func(), err error) {
	for _, name := range []string{"APP_DISPATCHER_FILES", "APP_MINIO_ENGAGEMENT_BUCKET"} {
		if v, ok := e.lookup(name); ok && v != "" {
			return func() {}, nil
		}
	}
	port := vars["PORT"]
	if v, ok := e.lookup("PORT"); ok && v != "" {
		port = v
	}
	dir, err := os.MkdirTemp("", "dispatcher-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for reports: %w", err)
	}
	vars["APP_DISPATCHER_FILES"], vars["APP_DISPATCHER_FILES_URL"] = dir, "http://127.0.0.1:"+port+"/v1/files"
	return func() { _ = os.RemoveAll(dir) }, nil
}
