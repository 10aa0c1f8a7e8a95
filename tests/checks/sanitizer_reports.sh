#!/usr/bin/env bash
# sanitizer_reports.sh clear|expect_none FOLDER: empties the folder that sanitizers write their reports to; or prints the
# reports there and fails where there is one.
set -euo pipefail

case $1 in
  clear)
    rm -rf "$2"
    mkdir -p "$2"
    ;;
  expect_none)
    mapfile -t reports < <(find "$2" -type f | sort)
    [[ ${#reports[@]} -eq 0 ]] && exit
    head -n 60 "${reports[@]:0:5}"
    echo "${#reports[@]} sanitizer reports in $2"
    exit 1
    ;;
esac
