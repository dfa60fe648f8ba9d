.PHONY: peers

# The real servers that tests and the demo run against, at pinned versions (a first run builds
# for minutes, the next ones take a second).
peers:
	scripts/peers.sh
