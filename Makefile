# Targets a newcomer needs: demo, test. The rest is for who changes the code.
export CGO_ENABLED ?= 0
GO ?= go
MODULES = . connect cmd/siksik bench examples
LDFLAGS = -s -w

.PHONY: demo build test check gen lint bench bench-dau bench-scan race modules cross clean

demo: build ## builds, makes logs and users, runs the main job into SQLite, prints the result
	cd bench && $(GO) run . gen -dir ../demo -what logs,users.csv -lines 200000 -users 20000 -files 4 -gzip
	build/siksik convert demo/users.csv demo/users.parquet
	cd demo && ../build/siksik run ../examples/dau/dau.yaml --set logs='logs/**/*.ndjson.gz' --set users=users.parquet --set target='sqlite://dau.db?table=daily_active_users'
	cd demo && ../build/siksik sql -c "SELECT day, country, dau FROM 'sqlite://dau.db?table=daily_active_users' ORDER BY dau DESC, day, country LIMIT 10"
	@echo "logs: demo/logs   users: demo/users.parquet   result: demo/dau.db   pipeline: examples/dau/dau.yaml   program: build/siksik"

build: ## the program, static and stripped
	mkdir -p build
	cd cmd/siksik && $(GO) build -trimpath -ldflags="$(LDFLAGS)" -o ../../build/siksik .

test: ## everything, with real PostgreSQL and S3 servers that the tests start
	$(GO) test $(foreach m,$(MODULES),./$(m)/...) -timeout 20m

check: ## what to run before a commit: build, vet, house rules, core tests
	$(GO) vet ./... && $(GO) test -short ./...

gen: ## generated files
	$(GO) generate ./...

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

bench: bench-scan bench-dau ## peers side by side; see bench/README.md

bench-dau:
	cd bench && $(GO) run . dau

bench-scan:
	cd bench && $(GO) run . scan

bench-kernels:
	$(GO) test -run '^$$' -bench . -benchmem ./internal/kern ./internal/compute ./internal/eval

clean:
	rm -rf build demo
