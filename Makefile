# Every command that a developer or CI runs. `make help` lists them.
SHELL := /bin/bash
GO    ?= go
# Where downloads and built servers are kept; may be shared by clones.
export DISPATCHER_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dispatcher

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/consumer, bin/server and bin/dispatcher
	$(GO) build -o bin/consumer ./cmd/consumer
	$(GO) build -o bin/server ./cmd/server
	$(GO) build -o bin/dispatcher ./cmd/dispatcher

.PHONY: demo
demo: ## Show the main job on real data (DATA=flights for 3 million rows, STORES=all for MongoDB, Cassandra, MinIO and HTTP, ARGS=--keep)
ifneq ($(STORES),)
	@$(MAKE) -s servers
	@mkdir -p "$(DISPATCHER_CACHE)/stack"
	@scripts/stack/up minio cassandra mongodb > "$(DISPATCHER_CACHE)/stack/demo.env"
endif
	@if command -v npm >/dev/null; then $(MAKE) -s web; else echo "the dashboard is not built: it needs Node 20 (npm)"; fi
	@echo "building (the first time takes a few minutes: the database engine is linked in) …"
	@$(GO) build -o bin/dispatcher ./cmd/dispatcher
	@$(if $(STORES),. "$(DISPATCHER_CACHE)/stack/demo.env"; export STORES_MONGODB="$$DISPATCHER_TEST_MONGODB" STORES_CASSANDRA="$$DISPATCHER_TEST_CASSANDRA" STORES_MINIO="$$DISPATCHER_TEST_MINIO";) \
	 bin/dispatcher demo $(if $(DATA),--data=$(DATA)) $(if $(STORES),--stores=$(STORES)) $(ARGS)

.PHONY: web
web: web-modules ## Build the dashboard into the server (Node 20 or later): before build or demo
	cd web && npm run --silent build

.PHONY: web-test
web-test: web-modules ## Lint, types and unit tests of the dashboard and of the TypeScript client
	cd clients/ts && npm run --silent check && npm test --silent
	cd web && npm run --silent lint && npm run --silent check && npm test --silent

.PHONY: browser-test
browser-test: servers browser web ## Drive the dashboard in a real browser; screenshots go to test/browser/artefacts
	@$(MAKE) -s build
	cd test/browser && npm run --silent check && DISPATCHER_TEST_BIN="$(CURDIR)/bin" npm test --silent

.PHONY: web-modules
web-modules:
	@for d in clients/ts web test/browser; do \
	  [ $$d/node_modules/.package-lock.json -nt $$d/package-lock.json ] || (cd $$d && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json) || exit 1; \
	done

.PHONY: servers
servers: ## Install what the tests need and is missing (Redis, from Debian's packages)
	@command -v redis-server >/dev/null || test -n "$$DISPATCHER_TEST_REDIS" || scripts/install-redis

.PHONY: browser
browser: ## Install what the tests of PDFs need and is missing (Chromium, fonts, pdftotext, from Debian's packages)
	@scripts/install-chromium

.PHONY: stack
stack: servers ## Install and start the stores' servers for the tests (STACK="minio cassandra" for some), and print how tests are told of them
	@scripts/stack/up $(STACK)

.PHONY: stack-down
stack-down: ## Stop the servers that make stack has started; what they hold stays
	@scripts/stack/down

# The tests that compare thousands of answers, write a million rows or read 64 MiB: the race detector has them take three to ten times as long. What runs at the same time in them runs in others, too.
LONGEST = ^(TestAttacks|TestDistinctOverThreeStores|TestEveryStoreGivesTheSameAnswers|TestNativeQueries|TestOneLineMovesAJoinIntoTrino|TestPagesAreTheWhole|TestWidgetsThatDifferedOnce|TestFlights|TestRandomWidgets|TestRandomQuestions|TestComputedRandomQuestions|TestWorkbookOfManyRows|TestHostileTexts|TestPackedTexts|TestEveryResultFitsThePublishedSchema|TestAPageSaysWhatItsWidgetsSayAlone|TestUnionOfUnlikeMembers|TestCursorsOverAUnion|TestUnionIsTheWhole|TestEveryWidgetOfThePagesComputes|TestComputeStaysWithinItsMemory|TestSumsAnswerAsRowsDo|TestNumbersAreThoseOfHandWrittenSQL|TestHostileTextObjects|TestAnswersOfPartsAreThoseOfTheWhole|TestTables)$$
# Packages that wait much come first, so that the others run meanwhile; most tests wait for servers, networks and clocks rather than for a processor.
.PHONY: test
test: stack browser ## Run all tests, against the real servers with the race detector, but for the longest, which run without it
	$(GO) vet ./...
	@$(MAKE) web-test browser-test
	@$(MAKE) -j2 test-race test-longest
	cd test/deploy && $(GO) vet ./... && $(GO) test -vet=off ./...

.PHONY: test-race
test-race:
	GORACE=atexit_sleep_ms=100 $(GO) test -race -vet=off -timeout 40m -parallel 4 -skip '$(LONGEST)' ./test/stores ./test/e2e ./internal/source/trino ./...

.PHONY: test-longest
test-longest:
	$(GO) test -vet=off -timeout 40m -run '$(LONGEST)' ./test/stores ./internal/source/... ./internal/engine ./internal/report ./internal/text ./internal/rollup ./internal/sample

.PHONY: test-nightly
test-nightly: stack ## 20,000 random questions and widgets for every store, each answer compared with plain Go's
	DISPATCHER_RANDOM_CASES=20000 $(GO) test -timeout 3h -run 'RandomQuestions|RandomWidgets|EveryStoreGivesTheSameAnswers' ./internal/source/... ./test/stores

.PHONY: chaos
chaos: servers ## Kill, stop, cut off and starve workers and Redis, 10,000 requests a row, and count what came of it (CHAOS_SEED replays a run)
	cd test/chaos && CHAOS=full $(GO) test -count=1 -timeout 30m

.PHONY: lint
lint: ## Run golangci-lint and the format check
	$(GO) tool -modfile=.ci/tools.mod golangci-lint run --allow-parallel-runners ./...
	$(GO) tool -modfile=.ci/tools.mod golangci-lint fmt --diff

.PHONY: generate
generate: ## Write the generated files anew (docs/configuration.md, schemas)
	$(GO) generate ./...

.PHONY: bench
bench: servers ## Benchmarks: JSON path, planner, page against hand-written SQL, messages against Watermill
	scripts/bench

.PHONY: bench-peers
bench-peers: servers ## Dispatcher as a worker against bare go-redis, Watermill and asynq: messages/s, latency, memory, backlog (under 5 minutes)
	@$(GO) build -o bin/consumer ./cmd/consumer
	@mkdir -p bench/results
	@cd bench && $(GO) run ./peers -out results/peers.json

.PHONY: bench-live
bench-live: servers ## A thousand SSE subscribers of the gateway against net/http by hand: deliveries/s, CPU, memory, idle subscribers, a stalled one (about 3 minutes)
	@$(GO) build -o bin/server ./cmd/server
	@mkdir -p bench/results
	@cd bench && $(GO) run ./live -server ../bin/server -out results/live.json

.PHONY: bench-compute
bench-compute: servers ## A page of 12 widgets over 3 million rows: Dispatcher against the bare driver, a plan by hand, and Superset and Cube where installed (PEERS=superset,cube installs them)
	@$(GO) build -o bin/consumer ./cmd/consumer
	@$(GO) build -o bin/dispatcher ./cmd/dispatcher
	@mkdir -p bench/results
	@cd bench && $(GO) run ./compute $(if $(PEERS),-peers $(PEERS)) -out results/compute.json

.PHONY: bench-objects
bench-objects: servers ## A year by day over 100 million generated rows in Parquet on MinIO: first time, a day later, again, after a late object (1.2 GB in the cache and as much in MinIO)
	@$(GO) build -o bin/consumer ./cmd/consumer
	@mkdir -p bench/results "$(DISPATCHER_CACHE)/stack"
	@scripts/stack/up minio > "$(DISPATCHER_CACHE)/stack/objects.env"
	@. "$(DISPATCHER_CACHE)/stack/objects.env" && cd bench && $(GO) run ./objects -out results/objects.json

.PHONY: bench-stores
bench-stores: servers ## The built-in insights page on MongoDB and Cassandra, its widgets together against each alone: queries, rows read, time
	@$(GO) build -o bin/dispatcher ./cmd/dispatcher
	@mkdir -p bench/results "$(DISPATCHER_CACHE)/stack"
	@scripts/stack/up mongodb cassandra > "$(DISPATCHER_CACHE)/stack/stores.env"
	@. "$(DISPATCHER_CACHE)/stack/stores.env" && cd bench && $(GO) run ./stores -out results/stores.json

.PHONY: bench-export
bench-export: ## Export a million rows in each format: time, peak of memory, sums
	scripts/bench-export

.PHONY: bench-once
bench-once: servers ## Run every benchmark once, so that none can rot
	$(GO) test -vet=off -run '^$$' -bench . -benchtime 1x $$(grep -rl --include='*_test.go' '^func Benchmark' cmd internal test tools | xargs -n1 dirname | sort -u | sed 's|^|./|')
	cd bench && $(GO) vet ./... && $(GO) test -run '^$$' -bench . -benchtime 1x ./...

.PHONY: fuzz
fuzz: ## Run each fuzz target for a few seconds
	scripts/fuzz

.PHONY: check
check: lint ## What CI checks besides the tests
	$(GO) mod tidy -diff
	$(GO) generate ./... && git diff --exit-code
