#!/usr/bin/env bash
# systemd_units.sh BANTERD SOURCE: the units of SOURCE/systemd must pass `systemd-analyze verify` without a word (it
# answers 0 for an unknown key and only warns) and expose at most 1.5 (10 is worst). Exit 77: nothing to check with.
set -euo pipefail

banterd=$1
source=$2
max_exposure=15 # tenths, as systemd-analyze wants it

if ! command -v systemd-analyze >/dev/null; then
  echo "SKIPPED: systemd-analyze is not installed (Debian package systemd)"
  exit 77
fi
units=$(mktemp -d)
trap 'rm -rf "$units"' EXIT

# verify wants ExecStart to exist: the copy starts the program just built.
cp "$source"/systemd/banterd.{service,socket} "$units"
sed -i "s,^ExecStart=/usr/bin/banterd ,ExecStart=$banterd ," "$units/banterd.service"
if ! grep -q "^ExecStart=$banterd " "$units/banterd.service"; then
  echo "ExecStart is not /usr/bin/banterd any more: mend this test"
  exit 1
fi

failures=0
said=$(systemd-analyze verify "$units"/banterd.{service,socket} 2>&1) || failures=1
if [[ -n $said ]]; then
  printf 'systemd-analyze verify says:\n%s\n' "$said"
  failures=1
fi
# The check must be able to fail: an unknown key has to be noticed.
printf '[Service]\nNoSuchKey=yes\n' >>"$units/banterd.service"
if [[ -z $(systemd-analyze verify "$units/banterd.service" 2>&1) ]]; then
  echo "systemd-analyze verify says nothing about an unknown key"
  failures=1
fi

report=$(systemd-analyze security --offline=true --threshold=$max_exposure "$source/systemd/banterd.service" 2>&1) || {
  printf '%s\n' "$report"
  failures=1
}
tail -n 1 <<<"$report"
exit $failures
