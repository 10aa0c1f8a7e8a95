"""The peers: how each is fetched, configured and called.

Debian's packages and npm's modules are downloaded and unpacked into a folder, never installed. Limits on floods, look-ups
of names and throttles are off, as they are for banterd, and send queues are as long as the measurement says.
"""
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
DEBIAN = ("ngircd", "libident", "inspircd", "nats-server", "nginx", "libnginx-mod-nchan")
MODULES = ("socket.io", "@socket.io/cluster-adapter")


def _run(command, directory, environment=None):
    """Why the command failed, or nothing."""
    try:
        done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**os.environ, **(environment or {})})
    except FileNotFoundError:
        return f"{command[0]} is not there"
    said = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else said[-1] if said else f"it ended with {done.returncode}"


def fetch(fetched):
    """Downloads and unpacks what is missing. Yields a line for each thing that cannot be had: its peer is skipped later."""
    packages = fetched / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    for package in DEBIAN:
        if not any(packages.glob(f"{package}_*.deb")):
            failure = _run(["apt-get", "download", package], packages)
            if failure:
                yield f"{package}: {failure}"
                continue
        for file in packages.glob(f"{package}_*.deb"):
            failure = _run(["dpkg-deb", "-x", file, fetched / "root"], packages)
            if failure:
                yield f"{package}: {failure}"
    node_folder = fetched / "node"
    if not (node_folder / "node_modules/@socket.io/cluster-adapter").exists():
        node_folder.mkdir(exist_ok=True)
        (node_folder / "package.json").write_text('{"private": true}\n')
        failure = _run(["npm", "install", "--silent", *MODULES], node_folder)
        if failure:
            yield f"socket.io: {failure}"


def libraries(place):
    return {"LD_LIBRARY_PATH": str(place.fetched / "root/usr/lib/x86_64-linux-gnu")}


def modules(place):
    return {"NODE_PATH": str(place.fetched / "node/node_modules")}


def _program(place, path):
    program = place.fetched / "root" / path
    if not program.exists():
        raise FileNotFoundError(2, "not fetched", str(program))
    return program


def _write(place, name, text):
    file = place.run / name
    file.write_text(text)
    return file


def python(name):
    return lambda place, port: ["python3", HERE / "peers" / name, port]


def node(name):
    def command(place, port):
        if not shutil.which("node"):
            raise FileNotFoundError(2, "not installed", "node")
        return ["node", HERE / "peers" / name, port, place.workers]
    return command


def ngircd(place, port):
    configuration = _write(place, "ngircd.conf", f"""[Global]
Name = ngircd.bench
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hi
ServerUID = nobody
ServerGID = nogroup
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 16
MaxPenaltyTime = 0
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
DefaultUserModes = F
""")
    return [_program(place, "usr/sbin/ngircd"), "-n", "-f", configuration]


def inspircd(place, port):
    motd = _write(place, "inspircd.motd", "hi\n")
    configuration = _write(place, "inspircd.conf", f"""<config format="xml">
<server name="inspircd.bench" description="bench" network="bench" id="00A">
<admin name="a" nick="a" email="a@inspircd.bench">
<path configdir="{place.run}" datadir="{place.run}" logdir="{place.run}" runtimedir="{place.run}"
 moduledir="{place.fetched}/root/usr/lib/inspircd/modules">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="main" allow="*" timeout="120" threshold="1000000" commandrate="100000000" fakelag="no" recvq="1000000"
 softsendq="{place.send_queue}" hardsendq="{place.send_queue}" localmax="1000000" globalmax="1000000" maxconnwarn="no"
 limit="1000000" resolvehostnames="no" useident="no" maxchans="100" pingfreq="3600">
<class name="x"><files motd="{motd}">
<dns server="127.0.0.1" timeout="1">
<options hidemodes="" allowmismatch="yes" defaultbind="ipv4">
<performance netbuffersize="10240" somaxconn="4096" softlimit="1000000" clonesonconnect="no" timeskipwarn="0"
 quietbursts="yes">
<security customversion="" maxtargets="20" runasuser="" runasgroup="">
<limits maxnick="31" maxchan="64" maxmodes="20" maxident="12" maxline="512">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{place.run}/inspircd.own.log">
<pid file="{place.run}/inspircd.pid">
""")
    as_root = ["--runasroot"] if os.geteuid() == 0 else []
    return [_program(place, "usr/sbin/inspircd"), "--nofork", *as_root, f"--config={configuration}"]


def nats(place, port):
    configuration = _write(place, "nats.conf", f"""listen: 127.0.0.1:{port}
max_connections: 1000000
max_pending: {place.send_queue}
max_payload: 65536
write_deadline: "60s"
""")
    return [_program(place, "usr/sbin/nats-server"), "-c", configuration]


def nchan(place, port):
    """nginx makes its default folders for temporary files below /var/lib whatever the settings: it gets a /var/lib of its own."""
    nginx = _program(place, "usr/sbin/nginx")
    module = _program(place, "usr/lib/nginx/modules/ngx_nchan_module.so")
    temporary = "".join(f"  {kind}_temp_path {place.run}/nginx.{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = _write(place, "nginx.conf", f"""load_module {module};
{'user root;' if os.geteuid() == 0 else ''}
daemon off;
worker_processes {place.workers};
worker_rlimit_nofile 20000;
pid {place.run}/nginx.pid;
error_log {place.run}/nginx.err error;
events {{ worker_connections 19900; }}
http {{
  access_log off;
  nchan_shared_memory_size 1024M;
{temporary}  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location ~ /chat/(\\w+)$ {{
      nchan_pubsub websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 10000;
      nchan_message_timeout 20s;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
""")
    return ["unshare", "--map-root-user", "--mount", "sh", "-c",
            'mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/nginx && exec "$@"', "sh", nginx, "-p", place.run, "-c",
            configuration, "-e", f"{place.run}/nginx.err"]
