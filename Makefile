# `make help` lists what is here. Two targets do all the set-up by themselves: `demo` and `test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## A site of eight machines, from its design to Deployed, on this machine alone
	@hack/tools/install --for kubernetes >/dev/null
	@echo "Building Slipway and the lab (the first time takes a few minutes)" >&2
	@$(CARGO) build --quiet --workspace --bins
	@$(CARGO) run --quiet -p slipway-testbed --bin slipway-demo

.PHONY: demo-shell
demo-shell: ## The demo, left up to look around; says how to stop it
	@hack/tools/install --for kubernetes >/dev/null
	@$(CARGO) build --quiet --workspace --bins
	@$(CARGO) run --quiet -p slipway-testbed --bin slipway-demo -- --stay

.PHONY: test
test: tools lint ## Everything that CI runs
	$(CARGO) build --workspace --bins
	$(CARGO) test --workspace --no-fail-fast

.PHONY: test-lifecycle
test-lifecycle: ## 100,000 random lives of a node; SLIPWAY_LIFECYCLE_SEED plays one of them and tells it
	SLIPWAY_LIFECYCLE_HISTORIES=$${SLIPWAY_LIFECYCLE_HISTORIES:-100000} $(CARGO) test --release --test lifecycle -- --nocapture

.PHONY: maas-replay
maas-replay: ## Play recorded answers of a real MAAS against the lab (SLIPWAY_MAAS_EXCHANGES names their folder)
	$(CARGO) test --package slipway-lab --test maas_replay

.PHONY: lint
lint: ## Formatting, clippy, generated files
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

.PHONY: tools
tools: ## Build the control plane and fetch what tests need, once, into the user's cache
	@hack/tools/install --for tests >/dev/null

.PHONY: contract
contract: ## What Slipway asks of a MAAS region, against yours; docs/operating.md says how
	$(CARGO) test --test drivers contract::a_real_region -- --nocapture

.PHONY: bench
bench: bench-design bench-operator bench-oob ## All figures

.PHONY: bench-design
bench-design: ## Figures: designs of up to 100,000 nodes resolved and judged, and read from YAML
	$(CARGO) bench --bench design

.PHONY: bench-operator
bench-operator: ## Figures: 200 nodes to Deployed, with machines that take no time
	@hack/tools/install --for kubernetes >/dev/null
	$(CARGO) build --release --workspace --bins
	$(CARGO) run --release -p slipway-testbed --bin slipway-bench

.PHONY: bench-oob
bench-oob: ## Figures: the power of 5,000 BMCs read, beside ipmitool and ipmipower
	@hack/tools/install --for tests >/dev/null
	$(CARGO) build --release -p slipway-lab -p slipway-bench-oob --bins
	$(CARGO) run --release -p slipway-bench-oob

.PHONY: generate
generate: ## Write the generated files: crds/, docs/{rules,safety,drydock}.md
	$(CARGO) run --quiet --bin slipway -- crds --out crds
	$(CARGO) run --quiet --bin slipway -- rules -o markdown >docs/rules.md
	SLIPWAY_GENERATE=1 $(CARGO) test --quiet --test pure -- safety drydock
