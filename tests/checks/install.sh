#!/usr/bin/env bash
# install.sh CMAKE BUILD: `cmake --install` puts everything where a Debian system expects it, under /usr and under
# /usr/local, with units that name those places; and it never overwrites an operator's configuration.
set -euo pipefail

cmake=$1
build=$2
root=$(mktemp -d)
umask 077 # as careful administrators have it
trap 'rm -rf "$root"' EXIT

failures=0
wrong() {
  echo "$1"
  failures=$((failures + 1))
}
installed() { # installed PREFIX ETC
  local file
  for file in "$1"/bin/banterd "$1"/bin/banter "$1"/share/man/man8/banterd.8 "$1"/share/man/man1/banter.1 \
    "$1"/share/man/man5/banterd.json.5 "$1"/share/doc/banterd/README.md "$2"/banterd/banterd.json \
    "$1"/lib/systemd/system/banterd.service "$1"/lib/systemd/system/banterd.socket; do
    [[ -s $root$file ]] || wrong "not installed: $file"
  done
  grep -q "^ExecStart=$1/bin/banterd -c $2/banterd/banterd.json$" "$root$1/lib/systemd/system/banterd.service" ||
    wrong "the unit below $1 does not start $1/bin/banterd with $2/banterd/banterd.json"
}

DESTDIR=$root "$cmake" --install "$build" --prefix /usr >/dev/null
installed /usr /etc
[[ $(stat -c %A "$root/etc/banterd") == drwxr-xr-x ]] || wrong "the service's user cannot reach the configuration"
# Links of the documents, but those to other hosts and those within a page.
while IFS=: read -r page link; do
  [[ -e $(dirname "$page")/${link%%#*} ]] || wrong "$page has a link to nothing: $link"
done < <(grep -roP --include='*.md' '(\]\(|src=")\K(?!https?:|#)[^)" ]+' "$root/usr/share/doc/banterd")

DESTDIR=$root "$cmake" --install "$build" --prefix /usr/local >/dev/null
installed /usr/local /usr/local/etc

echo '{ "workers": 1 }' >"$root/etc/banterd/banterd.json"
DESTDIR=$root "$cmake" --install "$build" --prefix /usr >/dev/null
[[ $(<"$root/etc/banterd/banterd.json") == '{ "workers": 1 }' ]] || wrong "an operator's configuration was overwritten"
[[ -s $root/etc/banterd/banterd.json.new ]] || wrong "the new default configuration is not beside the operator's"
exit $((failures > 0))
