#!/usr/bin/env bash
# Runs node with the arguments given; exits 77 where there is no Node.js 18 or newer.
set -euo pipefail

version=$(node --version 2>/dev/null || true)
major=${version#v}
if [[ -z $version || ${major%%.*} -lt 18 ]]; then
  echo "skipped: there is no Node.js 18 or newer (found: ${version:-none})"
  exit 77
fi
exec node "$@"
