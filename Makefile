# Targets a newcomer needs: demo, test. The rest is for who changes the code.
export CGO_ENABLED ?= 0
GO ?= go
MODULES = . connect cmd/siksik bench examples
LDFLAGS = -s -w
# What releases are built with, and programs that are measured: vector instructions where the machine has them, and a profile. See docs/adr/0006.
RELEASE = GOEXPERIMENT=simd $(GO)
RELEASE_FLAGS = -trimpath -pgo=$(CURDIR)/cmd/siksik/pgo/default.pgo

.PHONY: demo build test simd check gen slt slt-update lint pgo bench bench-tpch bench-scan bench-dau bench-scaling bench-h2o bench-clicks bench-sort bench-kernels race modules cross clean

demo: build ## builds, makes logs and users, runs the main job into SQLite, prints the result
	cd bench && $(GO) run . gen -dir ../demo -what logs,users.csv -lines 200000 -users 20000 -files 4 -gzip
	build/siksik convert demo/users.csv demo/users.parquet
	cd demo && ../build/siksik run ../examples/dau/dau.yaml --set logs='logs/**/*.ndjson.gz' --set users=users.parquet --set target='sqlite://dau.db?table=daily_active_users'
	cd demo && ../build/siksik sql -c "SELECT day, country, dau FROM 'sqlite://dau.db?table=daily_active_users' ORDER BY dau DESC, day, country LIMIT 10"
	@echo "logs: demo/logs   users: demo/users.parquet   result: demo/dau.db   pipeline: examples/dau/dau.yaml   program: build/siksik"

build: ## the program, static and stripped
	mkdir -p build
	cd cmd/siksik && $(RELEASE) build $(RELEASE_FLAGS) -ldflags="$(LDFLAGS)" -o ../../build/siksik .

test: ## everything, with real PostgreSQL and S3 servers that the tests start
	$(GO) test $(foreach m,$(MODULES),./$(m)/...) -timeout 20m

simd: ## the tests of the packages that have vector instructions, with these
	$(RELEASE) vet ./internal/kern
	$(RELEASE) test $(RELEASE_FLAGS) -short ./internal/kern ./internal/format/csv ./internal/format/parquet

check: ## what to run before a commit: build, vet, house rules, core tests
	$(GO) vet ./... && $(GO) test -short ./...

gen: ## generated files
	$(GO) generate ./...

# make slt PATHS="dir file …" DIALECT=duckdb|sqlite|postgres|datafusion|siksik: runs SQL files with expected results, and lists what fails in build/slt-failures.txt
DIALECT ?= siksik
PATHS ?= slt
CORPORA ?= ../shared/conformance
slt: ## SQL files with expected results, ours if no PATHS are given
	mkdir -p build
	$(GO) run ./cmd/slt -dialect $(DIALECT) -failures build/slt-failures.txt $(PATHS)

slt-update: ## how many records of the corpora must pass from now on
	for c in duckdb sqlite; do $(GO) run ./cmd/slt -dialect $$c -ratchet slt/ratchet/$$c.txt -update -failures build/slt-$$c.txt $(CORPORA)/$$c/test || exit 1; done

race: ## the race detector on what is concurrent; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race -short ./internal/mem/... ./internal/exec/... ./internal/engine/... ./internal/fs/... ./pipe/... .
	cd connect && CGO_ENABLED=1 $(GO) test -race -short ./s3/... ./sqlite/...

lint: ## golangci-lint at the version of tools/lint/go.mod
	cd tools/lint && GOWORK=off $(GO) build -o ../../build/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	for m in $(MODULES); do (cd $$m && $(CURDIR)/build/golangci-lint run --config $(CURDIR)/.golangci.yml ./...) || exit 1; done

modules: ## each module by itself, without the workspace
	for m in $(MODULES); do (cd $$m && GOWORK=off $(GO) build ./... && GOWORK=off $(GO) vet ./...) || exit 1; done

cross: ## other systems
	for t in darwin/arm64 windows/amd64 linux/arm64; do \
		(cd cmd/siksik && GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) build -o /dev/null .) || exit 1; done

# Sizes of the benchmarks and what limits them: make bench-tpch SF=10 MEMORY=1GB, make bench-h2o ROWS=1000000 ROUNDS=1
BENCH_FLAGS = $(if $(SF),-sf $(SF)) $(if $(MEMORY),-memory $(MEMORY)) $(if $(THREADS),-threads $(THREADS)) \
	$(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(ENGINES),-engines $(ENGINES)) $(if $(ONLY),-only $(ONLY))

pgo: ## profiles the benchmarks anew for release builds; commit what it writes
	cd bench && $(GO) run . pgo $(BENCH_FLAGS)

bench: bench-scan bench-dau bench-tpch ## peers side by side; see bench/README.md

bench-tpch bench-scan bench-dau bench-scaling: bench-%: ## SF=1 for TPC-H
	cd bench && $(GO) run . $* $(BENCH_FLAGS)

bench-h2o: ## ROWS=10000000
	cd bench && $(GO) run . h2o $(BENCH_FLAGS) $(if $(ROWS),-h2o-rows $(ROWS))

bench-clicks: ## ROWS=10000000
	cd bench && $(GO) run . clicks $(BENCH_FLAGS) $(if $(ROWS),-hits $(ROWS))

bench-sort: ## ROWS=60000000
	cd bench && $(GO) run . sort $(BENCH_FLAGS) $(if $(ROWS),-sort-rows $(ROWS))

# make bench-kernels BASE=main BENCH=HashAgg PACKAGES=./internal/exec/op COUNT=6; GOEXPERIMENT=simd measures loops with vector instructions
bench-kernels: ## time and bytes of inner loops beside the run before, or beside a commit: BASE=HEAD~1
	cd bench && $(GO) run . kernels $(if $(BASE),-base $(BASE)) $(if $(BENCH),-bench '$(BENCH)') $(if $(COUNT),-count $(COUNT)) $(if $(PACKAGES),-packages '$(PACKAGES)')

clean:
	rm -rf build demo
