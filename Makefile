# The verbs of this repository. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help build run unit-test cluster-test e2e-test test benchmark coverage lint audit image cli cli-archives demo cluster-up cluster-down format format-check docs transcripts chart-docs hooks clean dotnet

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: dotnet ## Build everything, warnings are errors
	dotnet build --configuration Release --nologo RolloutOperator.sln

run: dotnet ## Run the operator from source against the current kubeconfig context (ARGS='--help' for its flags)
	dotnet run --project src/RolloutOperator --configuration Release -- run $(ARGS)

unit-test: build ## Run the tests that need nothing but .NET
	@tests/run unit

cluster-test: build ## Run the tests against a real API server (starts one)
	@tests/run cluster

e2e-test: build ## Run the tests against real pods (starts a node)
	@tests/run e2e

test: build ## Run all of the above
	@tests/run --coverage unit cluster e2e

benchmark: build ## Measure how long a handover takes (ROLLOUT_OPERATOR_BENCHMARK_ROUNDS=10)
	@tests/run benchmark

coverage: build ## Run the unit tests and print which share of the lines they ran
	@tests/run --coverage unit

lint: format-check ## Check the format, the shell scripts and, if helm is there, the chart
	@eng/lint

audit: dotnet ## Look for known vulnerabilities in all packages
	@eng/audit

image: ## Build the image for this machine without a container engine, as artifacts/rollout-operator.tar (Debian 12)
	@cp "$$(tests/install/operator-image)" artifacts/rollout-operator.tar
	@echo "artifacts/rollout-operator.tar holds localhost/rollout-operator:0.1.0"

cli: ## Build the kubectl plugin as native code, as artifacts/cli/run/kubectl-rollout_operator
	@tests/install/cli-program

cli-archives: ## Pack the kubectl plugin for linux-amd64 and linux-arm64, with checksums and a krew manifest, in artifacts/archives
	@eng/cli-archives linux_amd64 linux_arm64

demo: ## Watch an edited ConfigMap and a pushed image reach running pods (KUBE_CONTEXT=name for a cluster of yours)
	@examples/greetings/demo

cluster-up: ## Start the local cluster, with pods (Debian 12)
	@tests/cluster/up --pods

cluster-down: ## Take the local cluster down
	@tests/cluster/down

format: dotnet ## Format the C# code
	dotnet format RolloutOperator.sln

format-check: dotnet ## Say whether the C# code is formatted (the build checks its style)
	dotnet format whitespace --verify-no-changes --folder . --exclude artifacts

docs: dotnet ## Write the generated parts of docs/ anew from the program
	ROLLOUT_OPERATOR_WRITE_DOCUMENTS=1 dotnet test tests/RolloutOperator.Tests --nologo --filter FullyQualifiedName~Documents
	ROLLOUT_OPERATOR_WRITE_DOCUMENTS=1 dotnet test tests/RolloutOperator.Cli.Tests --nologo --filter FullyQualifiedName~Documents

transcripts: build ## Write the transcripts of the commands in docs/ anew (starts an API server)
	@tests/cluster/up
	. "$${ROLLOUT_OPERATOR_CLUSTER_DIR:-.cluster}/environment" && ROLLOUT_OPERATOR_WRITE_DOCUMENTS=1 \
	    dotnet test tests/RolloutOperator.Cluster.Tests --configuration Release --no-build --nologo --filter FullyQualifiedName~TranscriptTests

chart-docs: dotnet ## Write the chart's README and schema anew from values.yaml
	ROLLOUT_OPERATOR_WRITE_DOCUMENTS=1 dotnet test tests/RolloutOperator.Chart.Cluster.Tests --nologo --filter FullyQualifiedName~DocumentsTests

hooks: ## Have git check subjects, scripts and formatting before each commit
	git config core.hooksPath .githooks

clean: ## Remove everything that was built (the local cluster stays)
	rm -rf artifacts

dotnet:
	@if ! dotnet --list-sdks 2>/dev/null | grep --quiet '^10\.'; then \
	    echo "error: the .NET 10 SDK is needed, and 'dotnet --list-sdks' does not list it; see https://dot.net" >&2; \
	    exit 1; \
	fi
