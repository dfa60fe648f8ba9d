# Every target does its own set-up. `make demo` and `make test` are all a newcomer needs.
.PHONY: demo test peers peers-demo detect detect-quick lint fmt bench clean
.DEFAULT_GOAL := help

help:
	@printf '%s\n' \
	  'make demo    the reference system, its peers and Steadfast; /status in a browser' \
	  'make test    every test, against the real peers' \
	  'make detect  switches every fault on and off again, and grades what Steadfast notices' \
	  'make peers   installs the real servers that tests and the demo run against' \
	  'make lint    format, clippy, documentation, licences' \
	  'make bench   first figures: documents checked, promises watched' \
	  'make fmt clean'

# The real servers that tests and the demo run against, at pinned versions (a first run builds
# for minutes, the next ones take a second).
peers:
	scripts/peers.sh

peers-demo:
	scripts/peers.sh demo

demo: peers-demo
	scripts/demo.sh

test: peers
	scripts/test.sh

detect: peers
	scripts/detect.sh

lint:
	scripts/lint.sh

fmt:
	cargo fmt --all

bench: peers
	scripts/bench.sh

clean:
	cargo clean
	rm -rf .run .steadfast
