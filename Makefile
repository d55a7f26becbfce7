# The project's commands. `make help` lists them; each takes one line to explain.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

.PHONY: help deps build demo test unit end-to-end contract browser check lint bench bench-instructions profile bench-http bench-readers dist screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages that are missing, for everything but the browser tests
	@scripts/install-deps.sh build test

build: ## build in release: .build/release/rawtcpweb
	swift build -c release --product rawtcpweb

demo: ## the tutorial's job over HTTP, with visible curl commands; then the page, until Ctrl-C
	@scripts/demo.sh

test: ## lint, unit tests in debug, simulation and end to end in release, the page in a browser
	@scripts/test.sh lint unit release contract browser

unit: ## only the unit tests, in debug
	@scripts/test.sh unit

end-to-end: ## only the simulation and the tests on real sockets, in release
	@scripts/test.sh release

contract: ## only the running service before h11, schemathesis and nginx
	@scripts/test.sh contract

browser: ## only the page's tests in a headless browser
	@scripts/test.sh browser

dist: ## an archive for machines without Swift: the program, the page, the unit for systemd
	@scripts/install-deps.sh build
	@scripts/dist.sh

screenshots: ## pictures of every view of the page, into screenshots/; and the one that README shows
	@scripts/browser-python.sh Tests/Browser/screenshots.py screenshots --readme docs/page.png

check: ## what takes long: the sanitizers (address, thread), every kind of lossy path, the engine beside slow readers, the archive
	@SEEDS=fresh scripts/test.sh address thread paths slow-reader dist

bench-readers: ## the engine's throughput beside readers of the log that lag behind, against its floor
	@scripts/test.sh slow-reader

lint: ## swift-format in strict mode, shellcheck if there is one, and the architecture test
	@scripts/test.sh lint architecture

# Linked as `make dist` links the program, in the same folder.
bench: ## ratios to the kernel's TCP, measured side by side in one run
	@scripts/install-deps.sh build bench
	swift build -c release --product rawtcpweb-bench --static-swift-stdlib --scratch-path .build/static
	.build/static/release/rawtcpweb-bench

bench-instructions: ## instructions that a handshake takes, function by function: the same on a busy machine
	@scripts/install-deps.sh build bench bench-instructions
	swift build -c release --product rawtcpweb-bench --static-swift-stdlib --scratch-path .build/static
	@Benchmarks/instructions.py .build/static/release/rawtcpweb-bench
	@Benchmarks/instructions.py .build/static/release/rawtcpweb-bench --at-once 64

profile: ## count anew what the engine does often, by which release builds lay it out: Benchmarks/engine.profdata
	@scripts/install-deps.sh build bench profile
	@Benchmarks/profile.sh

bench-http: ## requests per second beside nginx and Hummingbird, in one run
	@Benchmarks/http.sh

clean: ## remove everything that was built
	rm -rf .build Tests/*/__pycache__ scripts/__pycache__ screenshots dist
