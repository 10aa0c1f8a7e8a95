#!/usr/bin/env bash
# systemd_boot.sh BANTERD SOURCE: the units really run. Boots systemd as process 1 of new namespaces, on an overlay of this
# machine's files that is thrown away, and there starts, uses, hurts, reloads, upgrades and stops banterd with the units of
# SOURCE, hardened as they are. Exit 77 where that cannot be done: not root, no systemd, or namespaces not allowed.
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
# As banterd.socket says for another protocol, and an address that no listener of the configuration has.
sed 's/^ListenStream=.*/ListenStream=127.0.0.1:8088/; s/^FileDescriptorName=.*/FileDescriptorName=http\nService=banterd.service/' \
  "$source/systemd/banterd.socket" >"$add/etc/systemd/system/banterd-http.socket"
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
is_healthy() {
  local request='GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  grep -q '^HTTP/1.1 200 ' <<<"$(inside timeout 5 sh -c "printf '$request' | nc 127.0.0.1 $1")"
}
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

# Reloads with people there: some listen, one says a line every now and then.
main_pid=$(property MainPID)
listen() {
  inside sh -c "sleep infinity | nc 127.0.0.1 7000 >/var/heard.$1" &
  disown
}
for i in 1 2 3 4 5 6; do listen $i; done
heard_all() { [[ $(inside sh -c "grep -l '$1' /var/heard.* | wc -l") -eq 6 ]]; }
within 10 heard_all 'joined #lobby' || wrong "not all listeners are there"
lines=120
inside sh -c "(for i in \$(seq $lines); do echo line \$i end; sleep 0.1; done; sleep infinity) | nc 127.0.0.1 7000" \
  >/dev/null &
disown
status_has() { [[ $(property StatusText) == *"$1"* ]]; }
settings=/etc/banterd/banterd.json
for number in 1 2 3 4; do
  # Each time another number of workers; in the end another program too.
  inside sed -i -E "s/\"workers\": *(\"auto\"|[0-9]+)/\"workers\": $((number + 1))/" $settings
  if [[ $number -ge 3 ]]; then inside sh -c 'cp /usr/bin/banterd /usr/bin/new && mv /usr/bin/new /usr/bin/banterd'; fi
  inside systemctl reload banterd.service || wrong "banterd.service does not reload"
  within 10 status_has "reload $number done" || wrong "reload $number: the status is \"$(property StatusText)\""
  has_workers() { [[ $(workers | wc -l) -eq $((number + 1)) ]]; }
  within 10 has_workers || wrong "reload $number: there are $(workers | wc -l) workers"
done
is MainPID "$main_pid" || wrong "a reload changed the master's pid"
is ActiveState active || wrong "banterd.service is $(property ActiveState) after its reloads"
is_upgraded() { inside test "/proc/$(property MainPID)/exe" -ef /usr/bin/banterd; }
within 10 is_upgraded || wrong "the master is not the program that was installed last"
for pid in $(workers); do
  inside test "/proc/$pid/exe" -ef /usr/bin/banterd || wrong "a worker is not the program that was installed last"
done
inside sh -c "echo '{' >$settings.bad; cp $settings $settings.good; cp $settings.bad $settings"
inside systemctl reload banterd.service
within 10 status_has "reload 5 failed" || wrong "a wrong configuration: the status is \"$(property StatusText)\""
inside cp $settings.good $settings
within 40 heard_all "line $lines end" || wrong "not everybody heard the last line"
in_order() { diff <(inside grep -oE 'line [0-9]+ end' "/var/heard.$1") <(seq -f 'line %.0f end' $lines) >/dev/null; }
for i in 1 2 3 4 5 6; do in_order $i || wrong "listener $i did not hear each line once, in order"; done
greeted 127.0.0.1 7000 || wrong "nobody greets after the reloads"

# What ends the master without its will is mended by systemd: SIGKILL, and a loop that hangs. Nobody wants to wait for the
# watchdog as long as in earnest; before that, a machine with other work may be slow.
inside sh -c "printf '[Service]\nWatchdogSec=3\n' >/etc/systemd/system/banterd.service.d/watchdog.conf"
inside systemctl daemon-reload
restarted() { [[ $(property NRestarts) -ge $1 && $(property ActiveState) == active ]]; }
inside kill -KILL "$main_pid"
within 15 restarted 1 || wrong "a killed master is not started anew"
greeted 127.0.0.1 7000 || wrong "nobody greets after the restart"
inside kill -STOP "$(property MainPID)"
within 30 restarted 2 || wrong "a master that hangs is not started anew"
greeted 127.0.0.1 7000 || wrong "nobody greets after the watchdog"

inside systemctl stop banterd.service
is Result success || wrong "the service stopped with $(property Result)"
is ExecMainStatus 0 || wrong "the master exited with $(property ExecMainStatus)"

# Socket activation: systemd has the ports, the first connection starts the service.
inside systemctl start banterd.socket banterd-http.socket || wrong "the sockets do not start"
greeted 127.0.0.1 7000 || wrong "nobody greets on the socket that systemd opened"
is ActiveState active || wrong "the connection did not start the service"
is_healthy 8088 || wrong "no page on the socket that systemd opened"
inside systemctl reload banterd.service
within 10 status_has "reload 1 done" || wrong "with systemd's socket: the status is \"$(property StatusText)\""
greeted 127.0.0.1 7000 || wrong "nobody greets on systemd's socket after a reload"
is_healthy 8088 || wrong "no page on systemd's socket after a reload"
is_healthy 8080 || wrong "no page beside systemd's sockets"
inside systemctl stop banterd.service banterd.socket banterd-http.socket
is Result success || wrong "the activated service stopped with $(property Result)"

[[ $failures -eq 0 ]] || inside tail -n 60 /var/banterd.log || true
exit $((failures > 0))
