package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/go-dispatcher/dispatcher/bench/run"
)

// superset is Superset with gunicorn, two workers of eight threads, its caches in Redis, asked by the interface of its own charts.
type superset struct {
	home, config, database string
	redis                  *run.Redis

	dir, base string
	dataset   int
	process   *run.Process
	browser   *browser
}

func (s *superset) name() string    { return supersetName }
func (s *superset) title() string   { return "Superset, gunicorn 2 workers × 8 threads" }
func (s *superset) version() string { return filepath.Base(s.home) + ", duckdb 1.5.5" }

func (s *superset) start(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "dispatcher-superset-"); err != nil {
		return err
	}
	own := filepath.Join(s.dir, "superset.db") // what it knows of the flights goes with the run
	if err := copyFile(own, filepath.Join(s.home, "superset.db")); err != nil {
		return err
	}
	addr, err := run.FreeAddr()
	if err != nil {
		return err
	}
	s.base = "http://" + addr
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(s.home, "bin", "gunicorn"), "--workers", "2", "--worker-class", "gthread", "--threads", "8", "--timeout", "120", "--keep-alive", "75", "--bind", addr, "superset.app:create_app()")
	cmd.Env = append(os.Environ(), "SUPERSET_CONFIG_PATH="+s.config, "COMPUTE_SUPERSET_DB="+own, "COMPUTE_SUPERSET_REDIS=redis://"+s.redis.Addr+"/1")
	if s.process, err = run.Start(cmd, log); err != nil {
		return err
	}
	s.browser = newBrowser()
	if err := s.browser.await(ctx, s.base+"/health"); err != nil {
		return err
	}
	return s.introduce(ctx)
}

// introduce logs in, and tells it of the database and the table.
func (s *superset) introduce(ctx context.Context) error {
	var login struct {
		Token string `json:"access_token"`
	}
	if err := s.post(ctx, "/security/login", map[string]any{"username": "admin", "password": "admin", "provider": "db"}, &login); err != nil {
		return err
	}
	s.browser.header.Set("Authorization", "Bearer "+login.Token)
	var made struct {
		ID int `json:"id"`
	}
	if err := s.post(ctx, "/database/", map[string]any{
		"database_name": "flights", "sqlalchemy_uri": "duckdb:///" + s.database, "extra": `{"engine_params": {"connect_args": {"read_only": true}}}`,
	}, &made); err != nil {
		return err
	}
	if err := s.post(ctx, "/dataset/", map[string]any{"database": made.ID, "schema": "main", "table_name": "flights"}, &made); err != nil {
		return err
	}
	s.dataset = made.ID
	return nil
}

func (s *superset) post(ctx context.Context, path string, body, into any) error {
	raw, err := s.browser.call(ctx, http.MethodPost, s.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func (s *superset) ask(ctx context.Context, of span) (*visit, error) {
	return s.browser.page(ctx, func(ctx context.Context, widget string) ([]byte, error) {
		return s.browser.call(ctx, http.MethodPost, s.base+"/api/v1/chart/data", map[string]any{
			"datasource": map[string]any{"id": s.dataset, "type": "table"}, "queries": charts()[widget].queries(of), "result_format": "json", "result_type": "full",
		})
	}, func(widget string, body []byte) ([]row, error) { return charts()[widget].rows(body) })
}

func (s *superset) cpu() time.Duration { return s.process.CPU() }
func (s *superset) peak() float64      { return s.process.Peak() }

func (s *superset) stop() {
	if s.process != nil {
		s.process.Stop()
		s.process = nil
	}
	_ = os.RemoveAll(s.dir)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
