#!/usr/bin/env bash
# man_pages.sh SOURCE: every page in SOURCE/docs is one that man shows without a warning. Exit 77: man is not installed.
set -euo pipefail

if ! command -v man >/dev/null; then
  echo "SKIPPED: man is not installed (Debian package man-db)"
  exit 77
fi
failures=0
for page in "$1"/docs/banterd.8 "$1"/docs/banter.1 "$1"/docs/banterd.json.5; do
  # Set so that what is said does not depend on the terminal or the reader's language.
  said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file "$page" 2>&1 >/dev/null) || failures=1
  if [[ -n $said ]]; then
    printf '%s:\n%s\n' "$page" "$said"
    failures=1
  fi
done
exit $failures
