#!/usr/bin/env bash
# First figures: documents checked beside promtool, and promises watched for ten minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
eval "$(scripts/peers.sh env)"
cargo bench --bench documents
cargo bench --bench daemon
