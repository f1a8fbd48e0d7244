.DEFAULT_GOAL := help
.PHONY: help run deploy workspace limit-workspace add-gateway rotate-secret retire-secret gateway-secret redrive destroy check check-commits test \
        lint format types test-template test-unit test-contract test-simulation test-e2e openapi sbom lock clean test-api test-313 \
        test-sam test-dynamodb test-openclaw findings simulate reliability mutants chaos build sam-validate checkov \
        sam-api sam-invoke test-clients docs docs-serve bench-api bench-rails bench-cold bench-mentions bench-start cost

# The interpreter for .venv: PYTHON of the command line or the environment, else the first supported one that is found.
# Lambda's own version comes first. The search runs once, when PYTHON is first used.
PYTHON ?= $(eval PYTHON := $$(shell $$(find-python)))$(PYTHON)
# Arguments for pytest, such as ARGS="-k webhook -x".
ARGS ?=

VENV := .venv/bin/python
INSTALLED := .venv/.installed
LOCKS := layers/vendor/requirements.txt requirements-dev.txt
TIERS := $(VENV) -m tools.tiers
PYTEST := $(VENV) -m pytest -q $(ARGS)
CODE := PYTHONPATH=functions:layers/mosaic POWERTOOLS_TRACE_DISABLED=1

PAGE := functions/api/docs.html
CHECKOV := .local/checkov/bin/checkov
MKDOCS := .local/docs/bin/mkdocs
SAM := .local/sam-cli/bin/sam
SAM_INSTALLED := .local/sam-cli/.installed
CLIENTS := tests/live/clients
CLIENTS_INSTALLED := .local/clients/python/.installed .local/clients/typescript/.installed
export SAM_CLI_TELEMETRY := 0

# The supported versions of Python; local/__main__.py has the same bounds.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
NO_PYTHON = "$(if $(PYTHON),$(PYTHON) is not Python 3.11 to 3.14,No Python 3.11 to 3.14 is on the PATH). Install one:" \
  '  uv python install 3.13' '  brew install python@3.13' '  sudo apt-get install python3-venv' \
  'or name one: make PYTHON=/path/to/python3.13'
define find-python
for name in python3.13 python3.14 python3.12 python3.11 python3; do \
  $$name -c '$(SUPPORTED)' 2>/dev/null && { echo $$name; break; }; done
endef

##@ Run and deploy

help: ## List the targets
	@awk -F ':.*## ' '/^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@printf '%s\n' '' \
	  'ARGS goes to pytest and selects tests in every tier: make test ARGS="-k webhook -x"' \
	  '(1) AWS_ENDPOINT_URL_DYNAMODB names a DynamoDB, such as DynamoDB Local' \
	  '(2) OPENCLAW_URL and OPENCLAW_TOKEN name a gateway: docs/reference/openclaw.md'

run: $(INSTALLED) $(PAGE) ## Run the whole stack on this machine, on port 3000 or PORT
	@exec $(VENV) -m local

deploy: $(INSTALLED) build ## Deploy to AWS, guided the first time (STACK, ACCOUNT)
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy deploy

workspace: $(INSTALLED) ## Create a workspace, or another admin token, in the deployed stack
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy workspace

add-gateway: $(INSTALLED) ## Store the URL and tokens of a further gateway
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy add-gateway

limit-workspace: $(INSTALLED) ## Change the operator's limits of a workspace in the deployed stack
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy limit

rotate-secret: $(INSTALLED) ## Create a new value of SECRET=; the previous one stays valid until retire-secret
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy rotate

retire-secret: $(INSTALLED) ## Make the previous value of SECRET= invalid
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy retire

gateway-secret: $(INSTALLED) ## Enter the gateway's tokens again
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy gateway

redrive: $(INSTALLED) ## Return dead letters to their queues (MOSAIC_URL, MOSAIC_TOKEN)
	@.venv/bin/mosaic redrive $(ARGS)

destroy: $(INSTALLED) ## Delete the deployed stack without its tables, or with them: DATA=delete
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy destroy

##@ Develop

check: $(INSTALLED) ## Run linters, type checks and unit tests; about 5 minutes
	@$(TIERS) lint types unit -- $(ARGS)

check-commits: $(INSTALLED) ## Check that commit subjects follow Conventional Commits
	@$(VENV) -m tools.check_commits

test: $(INSTALLED) ## Run all tests that need only pip; about 12 minutes
	@$(TIERS) -- $(ARGS)

lint: $(INSTALLED) ## Check the style and the format of the code
	@$(TIERS) lint

format: $(INSTALLED) ## Rewrite the code in the agreed format
	@$(VENV) -m ruff check -q --fix-only .
	@$(VENV) -m ruff format -q .

types: $(INSTALLED) ## Check the types with mypy
	@$(TIERS) types

test-template: $(INSTALLED) ## Check template.yaml with linters and the project's own rules
	@$(TIERS) template -- $(ARGS)

test-unit: $(INSTALLED) ## Run the unit tests
	@$(TIERS) unit -- $(ARGS)

test-contract: $(INSTALLED) ## Run the contract tests over the fakes and over moto
	@$(TIERS) contract -- $(ARGS)

test-simulation: $(INSTALLED) ## Simulate hundreds of random runs with crashes and planted bugs
	@$(TIERS) simulation -- $(ARGS)

test-e2e: $(INSTALLED) ## Test the local stack over HTTP, and IAM roles against the calls made
	@$(TIERS) e2e calls -- $(ARGS)

openapi: $(INSTALLED) ## Write functions/api/openapi.json from the code, and the page from it
	@$(CODE) $(VENV) -m tools.openapi

docs: .local/docs/.installed ## Build the documentation site into .local/site; each link is checked
	@NO_MKDOCS_2_WARNING=1 $(MKDOCS) build --strict

docs-serve: .local/docs/.installed ## Serve the documentation on port 8001 while you write it
	@NO_MKDOCS_2_WARNING=1 $(MKDOCS) serve --dev-addr 127.0.0.1:8001

sbom: $(INSTALLED) ## Write .local/sbom.json, the CycloneDX bill of materials of the runtime packages
	@$(CODE) $(VENV) -m tools.sbom .local/sbom.json

lock: .local/uv/.installed ## Update the locked requirements (ARGS=--upgrade for newer versions)
	@for name in layers/vendor/requirements requirements-dev tools/sam-cli/requirements tools/checkov/requirements \
	    tools/docs/requirements $(CLIENTS)/python/requirements; do \
	  .local/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' $(ARGS) $$name.in -o $$name.txt || exit; done
	@if command -v npm >/dev/null; then npm --prefix $(CLIENTS)/typescript install --package-lock-only --silent; fi

clean: ## Remove all generated files and environments
	@rm -rf $(PAGE) .venv .local .aws-sam .hypothesis .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

##@ More tests

test-api: $(INSTALLED) $(PAGE) ## Test the API against its contract with schemathesis; 2 minutes
	@$(VENV) -m tests.api $(ARGS)

test-313: $(INSTALLED) ## Run unit and contract tests on Python 3.13, as in Lambda (or Docker)
	@$(VENV) -m tools.on_runtime -q -n 2 --dist loadfile $(ARGS) tests/unit --ignore=tests/unit/template
	@$(VENV) -m tools.on_runtime -q -n 2 --dist loadfile $(ARGS) tests/contract

test-clients: $(INSTALLED) $(CLIENTS_INSTALLED) ## Generate and use API clients, lint the contract (Node); 2 minutes
	@$(PYTEST) tests/live/clients

test-sam: $(INSTALLED) $(SAM_INSTALLED) $(PAGE) ## Run every function in its container with `sam local` (Docker)
	@$(PYTEST) tests/live/sam_local

test-dynamodb: $(INSTALLED) ## Run the storage contract tests over another DynamoDB (1)
ifdef AWS_ENDPOINT_URL_DYNAMODB
	@$(PYTEST) tests/contract/storage
else
	@echo "skipped: AWS_ENDPOINT_URL_DYNAMODB names no DynamoDB to test against"; [ "$$CI" != true ]
endif

# Tests of a gateway mostly wait, so four files run in parallel. Tests that kill the gateway or exhaust its limits run
# alone afterwards.
test-openclaw: $(INSTALLED) ## Run the tests against a real OpenClaw gateway; 7 minutes (2)
	@$(PYTEST) -m first tests/contract/gateway -k "openclaw"
	@$(PYTEST) -n 4 --dist loadfile -m "not alone and not first" tests/live/openclaw tests/contract/gateway -k "openclaw"
	@$(PYTEST) -m alone tests/live/openclaw tests/contract/gateway -k "openclaw"

findings: ## Reproduce each fault of a third-party library (needs PyPI or npm)
	@for script in $(sort $(wildcard findings/*.sh)); do echo "== $$script"; sh "$$script" || exit; done

##@ Crashes and planted bugs

simulate: $(INSTALLED) ## Simulate SEEDS=1000 random runs with crashes, or SEED=n with its trace
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m tests.simulation $(if $(SEED),--seed $(SEED),$(or $(SEEDS),1000))

reliability: $(INSTALLED) ## Crash every function at each of its AWS calls; writes docs/…/reliability.md
	@PYTHONPATH=functions:layers/mosaic POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_TRACE_DISABLED=1 $(VENV) -m tests.simulation.crash_points

mutants: $(INSTALLED) ## Find the seeds that catch each planted bug; writes docs/…/reliability.md
	@PYTHONPATH=functions:layers/mosaic POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_TRACE_DISABLED=1 $(VENV) -m tests.simulation.mutant_seeds

chaos: $(INSTALLED) ## Run JOBS=5000 jobs through a stack whose processes are killed (1)
ifdef AWS_ENDPOINT_URL_DYNAMODB
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m tests.chaos
else
	@echo "skipped: AWS_ENDPOINT_URL_DYNAMODB names no DynamoDB to run over"; [ "$$CI" != true ]
endif

##@ Build and check the artefacts

build: $(SAM_INSTALLED) $(PAGE) ## Build the functions and layers for `sam deploy`, and print their sizes
	@PYTHON="$(abspath .local/sam-cli/bin/python)" $(SAM) build > .local/build.log 2>&1 \
	  || { cat .local/build.log >&2; exit 1; }
	@grep bytecode .local/build.log || true
	@.local/sam-cli/bin/python tools/artefact.py sizes .aws-sam/build

sam-validate: $(SAM_INSTALLED) ## Check template.yaml with the SAM CLI's linter
	@$(SAM) validate --lint

checkov: .local/checkov/.installed ## Check the security of template.yaml with checkov
	@$(CHECKOV) --file template.yaml --framework cloudformation --compact --quiet --skip-download

sam-api: $(INSTALLED) $(SAM_INSTALLED) $(PAGE) ## Serve the built API from containers, on port 3000 or PORT (Docker)
	@PYTHONPATH=layers/mosaic exec $(VENV) -m tools.sam.api

sam-invoke: $(INSTALLED) $(SAM_INSTALLED) $(PAGE) ## Invoke FUNCTION in its container with the file EVENT (Docker)
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.sam.invoke "$(FUNCTION)" "$(EVENT)"

##@ Measure

bench-api: $(INSTALLED) ## Measure requests, capacity and time of the API (REPETITIONS, SIZES; (1))
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.api

bench-rails: $(INSTALLED) ## Measure decisions of the guard rails by number of policies
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.rails

bench-cold: $(INSTALLED) ## Measure the cold start of each function
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.cold_start

bench-mentions: $(INSTALLED) ## Measure the parsing of mentions by the length of the text (REPETITIONS)
	@PYTHONPATH=layers/mosaic $(VENV) -m bench.mentions

bench-start: $(INSTALLED) ## Measure the parts of the local stack's start (REPETITIONS)
	@$(VENV) -m bench.stack_start

cost: $(INSTALLED) ## Count the AWS calls of one job, and price them
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.job_cost

$(INSTALLED): $(LOCKS)
	@$(call venv,.venv,$(LOCKS))
	@$(VENV) -m pip -qq --disable-pip-version-check install --no-deps --no-build-isolation --editable . && touch $@

# The page that the API serves at /docs.
$(PAGE): functions/api/openapi.json tools/openapi/page.py tools/openapi/page.html.jinja $(INSTALLED)
	@$(CODE) $(VENV) -m tools.openapi.page

$(SAM_INSTALLED): tools/sam-cli/requirements.txt
	@$(call venv,.local/sam-cli,$<)
	@touch $@

.local/checkov/.installed: tools/checkov/requirements.txt
	@$(call venv,.local/checkov,$<)
	@touch $@

.local/docs/.installed: tools/docs/requirements.txt
	@$(call venv,.local/docs,$<)
	@touch $@

# .local/clients/python also contains the dependencies of generated clients.
.local/clients/python/.installed: $(CLIENTS)/python/requirements.txt
	@$(call venv,.local/clients/python,$<)
	@touch $@

# Without Node nothing is installed; the tests that need it report that.
.local/clients/typescript/.installed: $(CLIENTS)/typescript/package-lock.json
	@mkdir -p $(@D) && cp $(CLIENTS)/typescript/package*.json $(CLIENTS)/typescript/.npmrc $(@D)
	@if command -v npm >/dev/null; then npm --prefix $(@D) ci --silent && touch $@; fi

.local/uv/.installed: tools/uv/requirements.txt
	@$(call venv,.local/uv,$<)
	@touch $@

# The locks are complete, so pip resolves nothing: --no-deps.
define venv
if ! "$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null; then printf '%s\n' $(NO_PYTHON) >&2; exit 1; fi; \
echo "Installing the locked packages into $(1) with $(PYTHON), once; about a minute" >&2; \
{ [ -x $(1)/bin/python ] && $(1)/bin/python -m pip --version >/dev/null 2>&1; } || "$(PYTHON)" -m venv --clear $(1) || exit 1; \
$(1)/bin/python -m pip -q --retries 2 --disable-pip-version-check install --no-deps --require-hashes $(addprefix -r ,$(2)) \
  2>$(1)/pip.log || { if grep -q 'connection broken' $(1)/pip.log; then \
  echo "No package index answers: check the network, the proxy (HTTPS_PROXY) or the index (PIP_INDEX_URL)" >&2; \
  else cat $(1)/pip.log >&2; fi; exit 1; }
endef
