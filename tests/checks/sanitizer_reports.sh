#!/usr/bin/env bash
# sanitizer_reports.sh clear|expect_none FOLDER: empties the folder that sanitizers write their reports to; or prints the
# reports there and fails where there is one.
set -euo pipefail

# What the search for leaks says of a thread that has just ended and that the kernel still lists: nothing was found.
ended_thread='^==[0-9]+==Unable to get registers from thread [0-9]+\.$'

case $1 in
  clear)
    rm -rf "$2"
    mkdir -p "$2"
    ;;
  expect_none)
    mapfile -t reports < <(find "$2" -type f -exec grep -lEv "$ended_thread" {} + | sort)
    [[ ${#reports[@]} -eq 0 ]] && exit
    head -n 60 "${reports[@]:0:5}"
    echo "${#reports[@]} sanitizer reports in $2"
    exit 1
    ;;
esac
