#!/usr/bin/env bash
# Format, clippy, documentation; licences and sources where cargo-deny is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --quiet
if tree=$(cargo tree --workspace -i ring 2>/dev/null) && [ -n "$tree" ]; then
  echo 'lint: ring is in the tree, aws-lc-rs is the one provider' >&2
  exit 1
fi
if cargo deny --version >/dev/null 2>&1; then
  cargo deny --log-level error check licenses bans sources
else
  echo 'lint: cargo-deny is not installed, licences and sources are not checked' >&2
fi
