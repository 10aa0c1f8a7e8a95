# Sourced by the scripts here and .ci/run: which Debian packages banterd needs, and install_packages. This is
# the one place that lists them; README.md says why each library is there.
# shellcheck shell=bash

# To build, and to chat with what was built.
# shellcheck disable=SC2034 # the lists are for those who source this
build_packages=(g++ cmake ninja-build make pkg-config libuv1-dev nlohmann-json3-dev libspdlog-dev libfmt-dev
  libcli11-dev libsystemd-dev libsodium-dev libxxhash-dev libunistring-dev libboost1.81-dev libwslay-dev
  libmd-dev libreadline-dev netcat-openbsd)
# To build and run the tests: a terminal for irssi, systemd for the units, man for the pages, ps and ip, IRC clients.
# shellcheck disable=SC2034
test_packages=(doctest-dev tmux systemd man-db procps iproute2 irssi weechat-headless weechat-plugins)
# For the preset asan: the sanitizers and libFuzzer of clang, from the first version that knows std::source_location.
# shellcheck disable=SC2034
clang_packages=(clang-16 libclang-rt-16-dev)
# To check the formatting.
# shellcheck disable=SC2034
format_packages=(clang-format)

# To build the web page, with the modules of package-lock.json, and to test it in a browser. Banterd is built and run
# without them.
page_packages=(nodejs npm)
browser_packages=(chromium)

# missing_packages PACKAGE...: prints those that are not installed, one per line.
missing_packages() {
  local installed package
  # dpkg-query fails when it knows one of them not at all, and still lists the others.
  installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || printf '%s\n' "$package"
  done
}

# install_packages PACKAGE...: installs those that are missing with apt-get, as root or through sudo. Says nothing and
# does not call apt-get where none is. Returns 1, having said what to run, where it cannot.
install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian system: should the build miss something, it is one of: $*" >&2
    return 0
  fi
  local missing as_root=() log
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -eq 0 ]] && return 0

  if [[ $(id -u) -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      printf '%s\n' "Not installed: ${missing[*]}" \
        "You are not root and there is no sudo. As root, run:" "    apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
  local apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0
    -o DPkg::Lock::Timeout=300)
  log=$(mktemp)
  # A list that cannot be refreshed may still do, so only the installation decides.
  "${apt_get[@]}" update </dev/null >"$log" 2>&1 || true
  "${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}" </dev/null >>"$log" 2>&1 || true

  mapfile -t missing < <(missing_packages "${missing[@]}")
  if [[ ${#missing[@]} -gt 0 ]]; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    printf '%s\n' "Could not install: ${missing[*]}" "What apt-get says is above. To try again by hand, run:" \
      "    ${as_root[*]:+sudo }apt-get update && ${as_root[*]:+sudo }apt-get install ${missing[*]}" >&2
    return 1
  fi
  rm -f "$log"
}

# install_page_modules ROOT: Node.js, npm, and the modules in ROOT/node_modules. Returns 1, having said why, where they
# cannot be had. Other builds of Node.js than Debian's do as well.
install_page_modules() {
  local wanted=() package
  for package in "${page_packages[@]}"; do
    command -v "${package/nodejs/node}" >/dev/null || wanted+=("$package")
  done
  if [[ ${#wanted[@]} -gt 0 ]]; then install_packages "${wanted[@]}" || return 1; fi
  local lock=$1/package-lock.json
  cmp -s "$lock" "$1/node_modules/.installed-lock" && return
  # No module needs its installation script: none may run one.
  (cd "$1" && quietly npm ci --ignore-scripts --no-audit --no-fund) || return 1
  cp "$lock" "$1/node_modules/.installed-lock"
}

# install_page_tests ROOT: what the tests of the page need. Returns 0 in any case: the tests that find no browser or no
# modules are skipped, and say so.
install_page_tests() {
  install_page_modules "$1" || echo "The web page's tests are skipped: no Node.js with the modules of package-lock.json" >&2
  command -v chromium >/dev/null || install_packages "${browser_packages[@]}" || echo "The browser tests are skipped: no chromium" >&2
}

# quietly COMMAND...: runs it and shows what it said only if it fails.
quietly() {
  local said
  if ! said=$("$@" 2>&1); then
    printf '%s\n' "$said" >&2
    return 1
  fi
}

# compiler_cache: prints the cmake option that uses ccache, where it is installed.
compiler_cache() {
  ! command -v ccache >/dev/null || echo -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
}
