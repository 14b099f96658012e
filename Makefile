# Khatm. `make demo` and `make test` work on a fresh Debian or Ubuntu with a Swift 6 toolchain, git and make.
SHELL := /bin/bash
SWIFT ?= swift
# Only one build at a time: two builds of the HTTP stack side by side take longer than one after the other.
RELEASE := .build/release
EXPLICIT := --explicit-target-dependency-import-check error

.PHONY: demo test check bench interop torture fuzz mutants sanitize harness build packages clean
# Seconds: of killing for `make torture`, for each reader for `make fuzz`.
TIME ?= 60
SEED ?= 1

packages:
	@Scripts/install-packages

build: packages
	@echo "khatm: building in release; the first build compiles the HTTP stack and takes some minutes" >&2
	$(SWIFT) build -c release

demo: build
	@Scripts/demo $(RELEASE)

test: packages
	@echo "khatm: building the tests; the first build takes some minutes" >&2
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

check: packages
	@Scripts/check

bench: build
	$(RELEASE)/khatm-bench

# Other people's software reads what Khatm writes, and Khatm what they write.
interop: packages
	$(SWIFT) build -c release --product khatm
	@Scripts/interop $(RELEASE)/khatm

# Kills khatm at random moments; the audit judges what is left (docs/RESULTS.md).
torture: packages
	$(SWIFT) build -c release --product khatm
	@Scripts/torture --seconds $(TIME) --seed $(SEED)

# Every reader of outside bytes under libFuzzer and the address sanitizer.
fuzz: packages
	$(SWIFT) build -c release --product khatm
	@Scripts/fuzz --seconds $(TIME) --seed $(SEED)

# Changed and exchanged tokens, lists, proofs and bundles before the verifier.
mutants: packages
	$(SWIFT) build -c release --product khatm
	@Scripts/mutants --seed $(SEED)

# The whole suite under the thread and the address sanitizer.
sanitize: packages
	@Scripts/sanitize --control
	@Scripts/sanitize both

# A small, seeded part of each harness that needs no build of its own, with the binaries that are there; what CI runs.
harness: packages
	@Scripts/install-packages gcc openssl python3
	@python3 Tests/Harness/audit.py --self-test
	@Scripts/torture --kills 30 --seed $(SEED)
	@Scripts/torture --controls
	@Scripts/powerloss --images 20 --seed $(SEED)
	@Scripts/faults --cases 20 --kills 8 --seed $(SEED)
	@Scripts/faults --controls
	@if Scripts/install-packages faketime; then Scripts/clock --jumps 8 --seed $(SEED) --short; else echo "SKIPPED: the clock (libfaketime could not be installed)"; fi

clean:
	rm -rf .build .build-* .bench .demo .interop
