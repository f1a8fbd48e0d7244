.DEFAULT_GOAL := help
.PHONY: help run test lint format types test-template test-unit test-contract test-e2e test-api test-dynamodb test-openclaw \
        bench-api bench-rails bench-cold cost test-simulation simulate reliability mutants chaos test-313 test-sam build sam-validate checkov sam-api sam-invoke \
        deploy workspace rotate-secret retire-secret gateway-secret destroy \
        redrive openapi lock clean

# Overridable: which interpreter makes .venv, what to pass on to pytest (ARGS="-k webhook -x").
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)
ARGS ?=

VENV := .venv/bin/python
INSTALLED := .venv/.installed
LOCKS := layers/vendor/requirements.txt requirements-dev.txt
PYTEST := $(VENV) -m pytest -q $(ARGS)
# What shares no stack with its neighbours runs on two processors.
PARALLEL := -n 2 --dist loadfile

CHECKOV := .local/checkov/bin/checkov
SAM := .local/sam-cli/bin/sam
SAM_INSTALLED := .local/sam-cli/.installed
export SAM_CLI_TELEMETRY := 0

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## Run everything on this machine: http://127.0.0.1:3000 (PORT, OPENCLAW_URL, OPENCLAW_TOKEN)
	@exec $(VENV) -m local

test: lint types test-template test-unit test-contract test-simulation test-e2e ## Everything that needs only pip

lint: $(INSTALLED) ## Style and format of the code
	@$(VENV) -m ruff check -q .
	@$(VENV) -m ruff format -q --check .

format: $(INSTALLED) ## Put the code into the agreed format
	@$(VENV) -m ruff check -q --fix-only .
	@$(VENV) -m ruff format -q .

types: $(INSTALLED) ## Types, strictly
	@$(VENV) -m mypy --no-error-summary

test-template: $(INSTALLED) ## Rules of template.yaml that linters miss, and the linters
	@$(PYTEST) tests/unit/template

test-unit: $(INSTALLED) ## Pure modules and handlers
	@$(PYTEST) $(PARALLEL) tests/unit --ignore=tests/unit/template

test-contract: $(INSTALLED) ## One suite for stores, queue and gateway, over the fakes and moto
	@$(PYTEST) $(PARALLEL) tests/contract

test-e2e: $(INSTALLED) ## The local stack over HTTP, then each function's role against what it was seen to call
	@rm -rf .local/e2e-calls
	@printf '1/2\n2/2\n' | xargs -P 2 -I % env E2E_SHARE=% E2E_CALLS=.local/e2e-calls $(PYTEST) tests/e2e
	@[ -n "$(ARGS)" ] || E2E_CALLS=.local/e2e-calls $(PYTEST) tests/unit/template/test_calls.py

test-simulation: $(INSTALLED) ## A few hundred seeds, every death, every planted bug, on virtual time
	@POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_TRACE_DISABLED=1 $(PYTEST) $(PARALLEL) tests/simulation

simulate: $(INSTALLED) ## Crash everything everywhere, on virtual time: SEEDS=1000 schedules, or SEED=n with its trace
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m tests.simulation $(if $(SEED),--seed $(SEED),$(or $(SEEDS),1000))

reliability: $(INSTALLED) ## Let every function die at every call; writes the table of docs/reliability.md
	@PYTHONPATH=functions:layers/mosaic POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_TRACE_DISABLED=1 $(VENV) -m tests.simulation.deaths

mutants: $(INSTALLED) ## Plant bugs in the product and look for the seeds that find them; writes docs/reliability.md
	@PYTHONPATH=functions:layers/mosaic POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_TRACE_DISABLED=1 $(VENV) -m tests.simulation.finds

chaos: $(INSTALLED) ## JOBS=5000 through the local stack while its processes are killed (needs AWS_ENDPOINT_URL_DYNAMODB)
ifdef AWS_ENDPOINT_URL_DYNAMODB
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m tests.chaos
else
	@echo "skipped: AWS_ENDPOINT_URL_DYNAMODB names no DynamoDB to run over"; [ "$$CI" != true ]
endif

test-api: $(INSTALLED) ## The contract against the local stack, by schemathesis; two minutes (ARGS="--include-tag Jobs")
	@$(VENV) -m tests.api $(ARGS)

test-dynamodb: $(INSTALLED) ## The stores' suite over another DynamoDB (needs AWS_ENDPOINT_URL_DYNAMODB)
ifdef AWS_ENDPOINT_URL_DYNAMODB
	@$(PYTEST) tests/contract/stores
else
	@echo "skipped: AWS_ENDPOINT_URL_DYNAMODB names no DynamoDB to test against"; [ "$$CI" != true ]
endif

bench-api: $(INSTALLED) ## What the API costs (REPETITIONS, SIZES; real units with AWS_ENDPOINT_URL_DYNAMODB)
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench

bench-rails: $(INSTALLED) ## What a decision of the guard rails costs, by number of policies (REPETITIONS)
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.rails

bench-cold: $(INSTALLED) ## What the start of each function costs, against bare clients (REPETITIONS)
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.cold

cost: $(INSTALLED) ## What a job costs on AWS, by counted calls
	@PYTHONPATH=functions:layers/mosaic $(VENV) -m bench.price

# Tests of a gateway mostly wait: four files at a time, then, one by one, those that kill it or use up what it allows.
test-openclaw: $(INSTALLED) ## A real OpenClaw gateway (needs OPENCLAW_URL and OPENCLAW_TOKEN); seven minutes
	@$(PYTEST) -m first tests/contract/gateway -k "openclaw"
	@$(PYTEST) -n 4 --dist loadfile -m "not alone and not first" tests/live/openclaw tests/contract/gateway -k "openclaw"
	@$(PYTEST) -m alone tests/live/openclaw tests/contract/gateway -k "openclaw"

test-313: $(INSTALLED) ## Unit and contract tests on Lambda's own Python 3.13 (needs that Python, or Docker with its image)
	@$(VENV) -m tools.on_runtime -q $(PARALLEL) $(ARGS) tests/unit --ignore=tests/unit/template
	@$(VENV) -m tools.on_runtime -q $(PARALLEL) $(ARGS) tests/contract

redrive: $(INSTALLED) ## Put back messages that could not be processed (MOSAIC_URL, MOSAIC_TOKEN; ARGS="--limit 10")
	@.venv/bin/mosaic redrive $(ARGS)

test-sam: $(INSTALLED) $(SAM_INSTALLED) ## Every function in its container by `sam local` (needs Docker)
	@$(PYTEST) tests/live/sam_local

build: $(SAM_INSTALLED) ## Build what `sam deploy` uploads, without Docker and whatever Python is here, and tell its sizes
	@PYTHON="$(abspath .local/sam-cli/bin/python)" $(SAM) build > .local/build.log 2>&1 \
	  || { cat .local/build.log >&2; exit 1; }
	@grep bytecode .local/build.log || true
	@.local/sam-cli/bin/python tools/artefact.py sizes .aws-sam/build

sam-validate: $(SAM_INSTALLED) ## Check template.yaml with the SAM CLI's linter
	@$(SAM) validate --lint

checkov: .local/checkov/.installed ## Check template.yaml for what a security review asks; each skip is justified in place
	@$(CHECKOV) --file template.yaml --framework cloudformation --compact --quiet --skip-download

sam-api: $(INSTALLED) $(SAM_INSTALLED) ## Serve the built API from containers: http://127.0.0.1:3000 (PORT; needs Docker)
	@PYTHONPATH=layers/mosaic exec $(VENV) -m tools.sam_api

sam-invoke: $(INSTALLED) $(SAM_INSTALLED) ## Invoke FUNCTION=ApiFunction with EVENT=tests/events/api-health.json in its container
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.sam_invoke "$(FUNCTION)" "$(EVENT)"

deploy: $(INSTALLED) build ## Deploy to AWS: guided the first time, with a workspace and its token at the end (STACK, ACCOUNT)
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy deploy

workspace: $(INSTALLED) ## Make a workspace, or another admin token for one, in what is deployed
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy workspace

rotate-secret: $(INSTALLED) ## Make a new webhook secret; the old one stays valid until retire-secret
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy rotate

retire-secret: $(INSTALLED) ## Let the old webhook secret open nothing any more
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy retire

gateway-secret: $(INSTALLED) ## Ask for the gateway's tokens anew
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy gateway

destroy: $(INSTALLED) ## Delete what is deployed; its tables stay but with DATA=delete
	@PYTHONPATH=layers/mosaic $(VENV) -m tools.deploy destroy

openapi: $(INSTALLED) ## Write the contract and its page anew, from the code: functions/api/openapi.json and docs.html
	@PYTHONPATH=functions:layers/mosaic POWERTOOLS_TRACE_DISABLED=1 $(VENV) -m tools.openapi

lock: .local/uv/.installed ## Lock the requirements anew (ARGS=--upgrade for the newest versions)
	@for name in layers/vendor/requirements requirements-dev tools/sam-cli/requirements tools/checkov/requirements; do \
	  .local/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' $(ARGS) $$name.in -o $$name.txt || exit; done

clean: ## Remove whatever these targets have made
	@rm -rf .venv .local .aws-sam .hypothesis .pytest_cache .mypy_cache .ruff_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

$(INSTALLED): $(LOCKS)
	@$(call venv,.venv,$(LOCKS))
	@$(VENV) -m pip -qq --disable-pip-version-check install --no-deps --no-build-isolation --editable . && touch $@

$(SAM_INSTALLED): tools/sam-cli/requirements.txt
	@$(call venv,.local/sam-cli,$<)
	@touch $@

.local/checkov/.installed: tools/checkov/requirements.txt
	@$(call venv,.local/checkov,$<)
	@touch $@

.local/uv/.installed: tools/uv/requirements.txt
	@$(call venv,.local/uv,$<)
	@touch $@

# The locks are whole, so there is nothing for pip to resolve: --no-deps.
define venv
if ! "$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
  echo "Python 3.11, 3.12 or 3.13 is needed: none is on the PATH (or name one: make PYTHON=/path/to/python3.12)" >&2; exit 1; fi; \
echo "Installing the locked packages into $(1) with $(PYTHON), once; about a minute" >&2; \
{ [ -x $(1)/bin/python ] && $(1)/bin/python -m pip --version >/dev/null 2>&1; } || "$(PYTHON)" -m venv --clear $(1) && \
$(1)/bin/python -m pip -qq --disable-pip-version-check install --no-deps --require-hashes $(addprefix -r ,$(2))
endef
