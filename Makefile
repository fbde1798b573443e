# make help prints the targets; each one says after ## what it does.
#
# Go, make and the Go module cache are enough for everything but the TypeScript
# and browser parts; make test installs what those need (.ci/tools).

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

TS      := templates/typescript
MODULES := $(TS)/node_modules/.package-lock.json
TSC     := $(TS)/node_modules/.bin/tsc
FUZZ    ?= 30s
MINUTES ?= 5
CLIENTS ?= 200
BUDGET  ?= 5m

# Some tests read published documents that are too large for this repository.
# They look for shared/corpus beside the checkout and fail when it is missing,
# unless it is said aloud that there is none. make corpus insists on it.
ifndef RTGEN_CORPUS
ifeq ($(wildcard ../shared/corpus ../../shared/corpus),)
export RTGEN_CORPUS := none
endif
endif

.PHONY: all
all: build lint test ## build, lint and test: what to run before sending a change

.PHONY: build
build: ## compile everything; the tool lands in bin/rtgen
	go build ./...
	go build -o bin/rtgen ./cmd/rtgen

.PHONY: test
test: tools ## all tests: Go with the race detector, TypeScript, goldens, browser; installs missing tools
	$(MAKE) --jobs=2 --output-sync=target test-go ts examples
	$(MAKE) browser

.PHONY: test-go
test-go: $(MODULES)
	go vet ./...
	go test -race -timeout 30m ./...
	go test -count=1 -run 'Allocation|Memory|Thousands' ./runtime/... # exact counts, and crowds: not under the race detector

.PHONY: ts
ts: $(MODULES) ## type-check TypeScript under strict and loose settings, and run its tests
	npm --prefix $(TS) run check
	npm --prefix $(TS) test
	$(TSC) -p golden/tsconfig.json
	$(TSC) -p golden/tsconfig.loose.json
	$(TSC) -p golden/wire/tsconfig.json
	node --test $(TS)/build/wire/golden/wire/replay.test.js

E2E := examples/chat/e2e

.PHONY: browser
browser: $(E2E)/node_modules/.package-lock.json ## drive the chat in a real Chromium; a failure leaves screenshots in examples/chat/e2e/out
	npm --prefix $(E2E) test
	node --test --test-timeout=180000 golden/acceptance/browser/browser.test.mjs

.PHONY: lint
lint: ## gofmt, go vet, and what no compiler sees
	@out=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$out" ]; then echo "not gofmt-ed:"; echo "$$out"; exit 1; fi
	go vet ./...
	git diff --check HEAD -- . ':!golden'

.PHONY: golden
golden: ## rewrite the golden files, surfaces and excerpts in docs from what the code does now; then read the diff
	go test -count=1 ./golden -update
	go test -count=1 ./golden/wire ./golden/surface ./golden/docs ./golden/acceptance -update
	git status --short golden docs CONTRIBUTING.md

.PHONY: check
check: examples ## fail when a committed generated file is not what the generator emits
	go test -count=1 ./golden ./golden/surface ./golden/docs

.PHONY: examples
examples:
	@go build -o bin/rtgen ./cmd/rtgen # not go tool: an example may be a module of its own, with much that rtgen does not need
	@for settings in $$(git ls-files '*/rtgen.yaml' ':!golden' ':!cmd'); do \
		(cd "$$(dirname "$$settings")" && $(CURDIR)/bin/rtgen check) || exit 1; \
	done

.PHONY: demo
demo: ## run the chat example at http://localhost:8080
	go generate ./examples/chat
	go run ./examples/chat

.PHONY: corpus
corpus: ## load, generate and compile the published documents in RTGEN_CORPUS or ../shared/corpus
	@[ "$${RTGEN_CORPUS:-}" != none ] || { echo "corpus: no shared/corpus beside the checkout; set RTGEN_CORPUS to it"; exit 1; }
	go test -count=1 -timeout 30m -run Corpus ./spec/...
	go test -count=1 -timeout 30m -run Corpus -v ./golden/corpus

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZ (30s)
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) $$pkg || exit 1; \
		done; \
	done

BENCH := examples/benchmarks

.PHONY: bench
bench: $(BENCH)/socketio/node_modules/.package-lock.json ## compare with peers for about BUDGET (5m): tables with ratios
	go run -C $(BENCH) . -budget $(BUDGET)

.PHONY: bench-go
bench-go: ## run the Go benchmarks; compare figures of one run only
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-check
bench-check: ## vet and test the module of the comparison, which the other targets leave alone
	cd $(BENCH) && go vet ./... && go test ./...

.PHONY: soak
soak: ## replace servers under CLIENTS (200), some of which stall or flap, for MINUTES (5): calls, events, heap, goroutines, descriptors
	go run ./runtime/internal/soak -minutes $(MINUTES) -clients $(CLIENTS)

.PHONY: conform
conform: ## play the protocol conformance cases against URL, or against the reference server
	go run ./runtime/rttest/conformance/cmd/conform $(URL)

.PHONY: tools
tools: ## install the programs that tests need and the machine lacks
	@.ci/tools
	@.ci/retry go mod download

# npm writes the stamp itself at the end of a complete installation.
$(MODULES): $(TS)/package-lock.json $(TS)/package.json
	.ci/retry npm --prefix $(TS) ci --no-audit --no-fund
	@touch $@

$(E2E)/node_modules/.package-lock.json: $(E2E)/package-lock.json $(E2E)/package.json
	.ci/retry npm --prefix $(E2E) ci --no-audit --no-fund
	@touch $@

$(BENCH)/socketio/node_modules/.package-lock.json: $(BENCH)/socketio/package-lock.json $(BENCH)/socketio/package.json
	.ci/retry npm --prefix $(BENCH)/socketio ci --no-audit --no-fund
	@touch $@

.PHONY: clean
clean: ## remove what the other targets left behind
	rm -rf bin $(TS)/node_modules $(TS)/build $(E2E)/node_modules $(E2E)/out $(BENCH)/socketio/node_modules $(BENCH)/out

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
