#!/usr/bin/env bash
# Whether web/dist/ below ROOT, the page that is embedded in banterd, is what web/src/ gives. Exits 77 where it cannot be
# built: no Node.js, or not the modules of package-lock.json.
set -euo pipefail

root=$1
if [[ ! -d $root/node_modules/esbuild ]] || ! command -v node >/dev/null; then
  echo "skipped: no Node.js with the modules of package-lock.json (scripts/test installs them)"
  exit 77
fi
exec "$root/scripts/web" --check
