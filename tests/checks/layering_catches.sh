#!/usr/bin/env bash
# Shows that layering.sh finds what it is for: it must accept a small right tree and name each wrong line of a wrong one.
set -euo pipefail

layering=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/layering.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

put() { # put FILE LINE...: writes a source file of the made-up tree
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}

failures=0
expect() { # expect PATTERN: some line of $output begins so
  if ! grep -q -- "^$1" <<<"$output"; then
    echo "not reported: $1"
    failures=$((failures + 1))
  fi
}

# A right tree.
put base/result.h '#include <string>'
put conf/config.cpp '#include "conf/config.h"' '#include "base/result.h"' '#include <nlohmann/json.hpp>'
put chat/room.h '#include "base/result.h"' '#include "chat/types.h"'
put ipc/frame.h '#include "base/result.h"'
put worker/worker.h '#include "chat/room.h"' '#include "ipc/frame.h"' '#include "conf/config.h"' '#include <uv.h>'
put master/main.cpp '#include "master/listener.h"' '#include "worker/worker.h"'
put client/main.cpp '#include "base/uv/loop.h"'
put tests/unit/master/a_test.cpp '#include "master/listener.h"' '#include "chat/room.h"' '#include "tests/support/x.h"'
if ! output=$("$layering" "$tree"); then
  printf 'the right tree was refused:\n%s\n' "$output"
  failures=$((failures + 1))
fi

# The same with one wrong line each.
put base/uv/loop.h '#include "base/result.h"' '#include "ipc/frame.h"'
put conf/config.h '#include "ipc/contract.h"'
put chat/object.h '// The form of what is owned.' '  #  include  "worker/owner.h"'
put chat/types.h '#include "base/uv/timer.h"' '#include <uv.h>' '#include <nlohmann/json.hpp>'
put ipc/channel.cpp '#include "chat/room.h"'
put worker/hub.cpp '#include "master/mesh.h"' '#include <nlohmann/json.hpp>'
put master/listener.cpp '#include "worker/worker.h"' '#include "chat/room.h"' '#include "conf/config.h"'
put client/input.cpp '#include "chat/types.h"' '#include "tests/support/x.h"' '#include "input.h"' '#include "../base/log.h"'
put worker/owner.cpp '#include "utils/strings.h"'
put utils/strings.h '#include <string>'
if output=$("$layering" "$tree"); then
  echo "the wrong tree was accepted"
  failures=$((failures + 1))
fi
expect 'base/uv/loop.h:2: base may not include "ipc/frame.h": it may include no other folder'
expect 'conf/config.h:1: conf may not include "ipc/contract.h": it may include only base'
expect 'chat/object.h:2: chat may not include "worker/owner.h"'
expect 'chat/types.h:1: chat may not include "base/uv/timer.h"'
expect 'chat/types.h:2: chat may not include <uv.h>'
expect 'chat/types.h:3: chat may not include <nlohmann/json.hpp>'
expect 'ipc/channel.cpp:1: ipc may not include "chat/room.h"'
expect 'worker/hub.cpp:1: worker may not include "master/mesh.h": it may include only base, conf, chat, ipc'
expect 'worker/hub.cpp:2: worker may not include <nlohmann/json.hpp>'
expect 'master/listener.cpp:1: master may not include "worker/worker.h"'
expect 'master/listener.cpp:2: master may not include "chat/room.h"'
expect 'client/input.cpp:1: client may not include "chat/types.h"'
expect 'client/input.cpp:2: client may not include "tests/support/x.h"'
expect 'client/input.cpp:3: "input.h" is not written from the root'
expect 'client/input.cpp:4: "../base/log.h" is not written from the root'
expect 'worker/owner.cpp:1: "utils/strings.h": utils/ is no folder of ours'
expect 'utils/strings.h:1: utils/ is no folder of ours'
if [[ $(wc -l <<<"$output") -ne 17 ]]; then
  printf 'expected 17 lines, got:\n%s\n' "$output"
  failures=$((failures + 1))
fi

# A tree without sources must not pass for a clean one.
if "$layering" "$(mktemp -d -p "$tree")" 2>/dev/null; then
  echo "an empty tree was accepted"
  failures=$((failures + 1))
fi
exit $((failures > 0))
