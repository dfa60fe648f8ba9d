#!/usr/bin/env bash
# Switches every fault on and off again, and grades what Steadfast notices. Options go to the grader:
#   scripts/detect.sh --only F31,F4* --healthy 0
set -euo pipefail
cd "$(dirname "$0")/.."
eval "$(scripts/peers.sh env)"
cargo build --workspace --bins
exec target/debug/detect --documents . "$@"
