# Khatm. `make demo` and `make test` work on a fresh Debian or Ubuntu with a Swift 6 toolchain, git and make.
SHELL := /bin/bash
SWIFT ?= swift
# Only one build at a time: two builds of the HTTP stack side by side take longer than one after the other.
RELEASE := .build/release
EXPLICIT := --explicit-target-dependency-import-check error

.PHONY: demo test check bench interop build packages clean

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
interop: build
	@Scripts/interop $(RELEASE)/khatm

clean:
	rm -rf .build .build-* .bench .demo .interop
