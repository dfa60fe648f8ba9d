#!/usr/bin/env bash
# Runs every test and ends with one line: N passed, N failed, N skipped. A test that needs a peer this machine does not
# have counts as skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT

eval "$(scripts/peers.sh env)"
# The tests start the programs themselves, so these are built first.
cargo build --workspace --bins || exit 1
cargo test --workspace --no-fail-fast 2>&1 | tee "$out"
status=${PIPESTATUS[0]}

awk -v status="$status" '
  /^test result:/ {
    for (i = 1; i < NF; i++) {
      if ($(i + 1) == "passed;") passed += $i
      if ($(i + 1) == "failed;") failed += $i
      if ($(i + 1) == "ignored;") skipped += $i
    }
  }
  END {
    # A program that died has no result line; it counts as one that failed.
    if (status != 0 && failed == 0) failed = 1
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  }' "$out"
exit "$status"
