#!/usr/bin/env bash
# Reads the #include lines of the tree below ROOT (default: this one) and prints FILE:LINE for every wrong arrow: a folder
# that includes one it may not, a folder that is none of ours, a library its folder has no business with. Exits 0 when
# there is none, 1 when there is, 2 when ROOT has no source. docs/architecture.md says why the arrows are as they are.
set -euo pipefail

if [[ ${1:-} == --help ]]; then
  sed -n '2,4s/^# //p' "$0"
  exit
fi
root=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
cd "$root"

mapfile -d '' files < <(find . \( -path './.?*' -o -path './build*' \) -prune -o \
  -type f \( -name '*.h' -o -name '*.cpp' \) -printf '%P\0' | sort -z)
if [[ ${#files[@]} -eq 0 ]]; then
  echo "layering: no source below $root" >&2
  exit 2
fi

awk '
BEGIN {
  may["base"] = "base"
  may["conf"] = "conf base"
  may["chat"] = "chat base"
  may["ipc"] = "ipc base"
  may["worker"] = "worker base conf chat ipc"
  may["master"] = "master base conf ipc"
  may["client"] = "client base"
  may["bench"] = "bench base conf chat ipc worker client"
  may["tests"] = "tests base conf chat ipc worker master client bench"
  # The domain is plain C++; JSON is only where a format is defined (messages, configuration, log lines).
  never["chat"] = "^(uv\\.h|nlohmann/|spdlog/|sys/|netinet/|arpa/|unistd\\.h|random)"
  never["worker"] = never["master"] = never["client"] = "^nlohmann/"
}

function wrong(what) {
  printf "%s:%d: %s\n", FILENAME, FNR, what
  failed = 1
}

function list(folder,    names) {
  names = " " may[folder] " "
  sub(" " folder " ", " ", names)
  gsub(/^ +| +$/, "", names)
  gsub(/ /, ", ", names)
  return names == "" ? "no other folder" : "only " names
}

FNR == 1 {
  folder = FILENAME
  if (!sub(/\/.*/, "", folder)) folder = "."
  if (!(folder in may)) wrong(folder "/ is no folder of ours: add it to tests/checks/layering.sh, with its reason")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ && folder in may {
  quoted = $0 ~ /include[ \t]*"/
  target = $0
  sub(/^[^<"]*[<"]/, "", target)
  sub(/[>"].*/, "", target)

  if (!quoted) {
    if (folder in never && target ~ never[folder]) wrong(folder " may not include <" target ">")
    next
  }
  if (target !~ /\//) { wrong("\"" target "\" is not written from the root: \"" folder "/...\""); next }
  if (target ~ /(^|\/)\.\.?\//) { wrong("\"" target "\" is not written from the root"); next }
  if (folder == "chat" && target ~ /^base\/uv\//) { wrong("chat may not include \"" target "\": it knows no loop"); next }

  included = target
  sub(/\/.*/, "", included)
  if (!(included in may)) { wrong("\"" target "\": " included "/ is no folder of ours"); next }
  if (FILENAME == "master/main.cpp" && included == "worker") next
  if (index(" " may[folder] " ", " " included " ") == 0)
    wrong(folder " may not include \"" target "\": it may include " list(folder))
}

END { exit failed }
' "${files[@]}"
