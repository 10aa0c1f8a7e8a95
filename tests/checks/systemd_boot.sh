#!/usr/bin/env bash
# systemd_boot.sh BANTERD SOURCE: the units really run. Boots systemd as process 1 of new namespaces, on an overlay of this
# machine's files that is thrown away, and there starts, uses, hurts, reloads and stops banterd with the units of SOURCE,
# hardened as they are. Exit 77 where that cannot be done: not root, no systemd, or namespaces not allowed.
# shellcheck disable=SC2317 # functions that are called by name: by trap, by within
set -euo pipefail

self=$(readlink -f "$0")
files=$(mktemp -d) # what the booted system has beside the machine's own files; also where its overlay is mounted
boot=              # the process that holds the namespaces; its death ends everything inside
cgroup=

clean_up() {
  if [[ -n $boot ]]; then
    kill -KILL "$boot" 2>/dev/null || true
    wait "$boot" 2>/dev/null || true
  fi
  if [[ -n $cgroup ]]; then
    # Its processes are gone a moment after process 1.
    for _ in {1..50}; do
      find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null && break
      sleep 0.1
    done
  fi
  if mountpoint -q "$files/cgroup"; then umount "$files/cgroup"; fi
  rm -rf --one-file-system "$files"
}

skip() {
  echo "SKIPPED: $1"
  exit 77
}

# Runs inside the new namespaces: makes the overlay the root and becomes its systemd. pivot_root rather than chroot, in
# which the kernel allows no user namespace and so no PrivateUsers=.
if [[ ${1:-} == --inside ]]; then
  files=$2
  root=$files/mount/root
  mount -t tmpfs tmpfs "$files/mount"
  mkdir "$files"/mount/{upper,work,root}
  mount -t overlay overlay -o "lowerdir=/,upperdir=$files/mount/upper,workdir=$files/mount/work" "$root"
  rm -rf "$root"/etc/systemd/system/*.wants "$root/run/banterd"
  cp -a "$files/add/." "$root/"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --rbind /dev "$root/dev"
  mount -t cgroup2 none "$root/sys/fs/cgroup"
  ip link set lo up
  mkdir "$root/.old"
  cd "$root"
  pivot_root . .old
  umount -l /.old
  exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=null \
    --unit=basic.target </dev/null >/dev/null 2>&1
fi

banterd=$1
source=$2
trap clean_up EXIT
[[ $(id -u) -eq 0 ]] || skip "only root can boot a systemd of its own"
[[ -x /lib/systemd/systemd ]] || skip "systemd is not installed"
command -v ip >/dev/null || skip "ip is not installed (Debian package iproute2)"
mkdir "$files"/{mount,add,cgroup}
unshare -m -p -f -u -i -C -n --propagation private sh -c "mount -t tmpfs tmpfs '$files/mount' &&
  mkdir $files/mount/u $files/mount/w $files/mount/r &&
  mount -t overlay overlay -o lowerdir=/,upperdir=$files/mount/u,workdir=$files/mount/w $files/mount/r &&
  mount -t proc proc $files/mount/r/proc" 2>/dev/null || skip "namespaces with an overlay are not allowed here"
mount -t cgroup2 none "$files/cgroup" 2>/dev/null || skip "cgroups cannot be mounted here"
mkdir "$files/cgroup/banterd-test-$$" 2>/dev/null || skip "cgroups cannot be made here"
cgroup=$files/cgroup/banterd-test-$$

# /usr is what an installation has; the units and the configuration are copied as they are.
add=$files/add
mkdir -p "$add"/usr/bin "$add"/etc/banterd "$add"/etc/systemd/system/banterd.service.d
cp "$banterd" "$add/usr/bin/banterd"
cp "$source/conf/banterd.json" "$add/etc/banterd/"
cp "$source"/systemd/banterd.{service,socket} "$add/etc/systemd/system/"
# A container may not raise its own limit; and the log shall be readable without journald.
printf '[Service]\nLimitNOFILE=%d\nStandardError=append:/var/banterd.log\n' "$(ulimit -Hn)" \
  >"$add/etc/systemd/system/banterd.service.d/test.conf"

(
  echo $BASHPID >"$cgroup/cgroup.procs"
  exec unshare -m -p -f -u -i -C -n --propagation private --kill-child "$self" --inside "$files"
) &
boot=$!

failures=0
wrong() {
  echo "$1"
  failures=$((failures + 1))
}
# within SECONDS COMMAND...: repeats the command until it succeeds, and fails when the time is over.
within() {
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}
inside() { nsenter --target "$init" -m -u -i -n -p -C -r -w -- "$@"; }
property() { inside systemctl show --property="$1" --value banterd.service; }
is() { [[ $(property "$1") == "$2" ]]; }
greeted() { grep -q '^\* ' <<<"$(inside timeout 5 sh -c "printf '/quit\n' | nc $*")"; }
workers() { inside pgrep --parent "$(property MainPID)"; }

find_init() { init=$(pgrep --parent "$boot"); }
within 10 find_init || skip "the namespaces did not start"
within 20 inside systemctl is-active basic.target || skip "systemd does not boot here"

inside systemctl start banterd.service || wrong "banterd.service does not start"
is ActiveState active || wrong "banterd.service is not active"
greeted 127.0.0.1 7000 || wrong "nobody greets on 127.0.0.1:7000"
greeted -U /run/banterd/line.sock || wrong "nobody greets on /run/banterd/line.sock"
[[ $(inside stat -c %U "/proc/$(property MainPID)") == banterd ]] || wrong "the master does not run as its own user"

# The master may start workers anew: the filters let it kill, reap and exec.
before=$(workers | sort)
inside kill -KILL "$(head -n 1 <<<"$before")"
replaced() { [[ $(workers | sort) != "$before" && $(workers | wc -l) -eq $(wc -l <<<"$before") ]]; }
within 10 replaced || wrong "a killed worker is not replaced"

main_pid=$(property MainPID)
inside systemctl reload banterd.service || wrong "banterd.service does not reload"
greeted 127.0.0.1 7000 || wrong "nobody greets after the reload"
is MainPID "$main_pid" || wrong "the reload changed the master's pid"

inside systemctl stop banterd.service
is Result success || wrong "the service stopped with $(property Result)"
is ExecMainStatus 0 || wrong "the master exited with $(property ExecMainStatus)"

# Socket activation: systemd has the port, the first connection starts the service.
inside systemctl start banterd.socket || wrong "banterd.socket does not start"
greeted 127.0.0.1 7000 || wrong "nobody greets on the socket that systemd opened"
is ActiveState active || wrong "the connection did not start the service"
inside systemctl stop banterd.service banterd.socket
is Result success || wrong "the activated service stopped with $(property Result)"

[[ $failures -eq 0 ]] || inside tail -n 60 /var/banterd.log || true
exit $((failures > 0))
