"""instance.py - a whole mail system in one folder: name server, Postfix,
Dovecot and postseald, private, beside whatever else the machine runs.

Used by quickstart.py and by the tests.  Needs root (Postfix and Dovecot start
as root) and changes nothing outside its folder.  All names end in .example
(RFC 2606); all ports are on 127.0.0.1.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from processes import Fault, alive, kill, mentions, must, run, wait_for

HOME = "family.example"  # the domain served here
MODULES = "/usr/lib/dovecot/modules"
USER = "list"  # postseald; on every Debian, and owner of nothing
MAIL_USER = "mail"  # owner of the mailboxes ("vmail" where it is set up)
SOCKET_MAX = 107  # octets of a socket's path, unix(7)
PORTS = ("dns", "smtp", "submission", "imap", "sink")
LONGEST = "/postfix/queue/private/tlsmgr-socket-name"


def write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def free_ports():
    """Different ones that nobody listens at now, and that no client of the
    machine is given as its own (ip_local_port_range)."""
    ports = {}
    candidates = iter(random.sample(range(20000, 32000), 1000))
    for name in PORTS:
        for port in candidates:
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            ports[name] = port
            break
    return ports


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def greets(port):
    """Whoever listens there has started, too."""
    try:
        with socket.create_connection(("127.0.0.1", port), 30) as probe:
            return probe.recv(3) == b"220"
    except OSError:
        return False


def check_reachable(folder, users=("postfix", MAIL_USER, USER)):
    """Before anything starts: sockets fit, and their users get there."""
    if len(folder) + len(LONGEST) > SOCKET_MAX:
        raise Fault(f"{folder}: the path is too long for a socket below it "
                    f"(at most {SOCKET_MAX - len(LONGEST)} octets)")
    for user in users:
        if run("setpriv", f"--reuid={user}", f"--regid={user}",
               "--init-groups", "--", "test", "-x", folder).status != 0:
            raise Fault(f"{folder}: user {user} cannot get there; every folder "
                        "above must let others pass (mode o+x)")


class Instance:
    """One private mail system.  dir: its folder.  port: by name of PORTS."""

    def __init__(self, build, under="/run", settings=""):
        if os.geteuid() != 0:
            raise Fault("must be run as root")
        self.dir = os.path.realpath(tempfile.mkdtemp(
            prefix="postseal-", dir=under))
        os.chmod(self.dir, 0o755)
        self.build = build
        self.settings = settings
        self.port = free_ports()
        self.zone = []  # lines added to the zone
        self.ttl = 1  # of its records, in seconds
        self.parameters = []  # "name = value", in main.cf in place of ours
        self.processes = {}
        self.config = self.path("postseal.conf")
        self.command = self.path("prefix/bin/postseal")
        self.postfix_conf = self.path("postfix/conf")
        self.dovecot_conf = self.path("dovecot/dovecot.conf")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def log(self, name="mail"):
        try:
            with open(self.path("log", name), errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # ---- what is set up

    def prepare(self):
        check_reachable(self.dir)
        for name in ("log", "run"):
            os.mkdir(self.path(name))
        for name in ("mail", "sink"):
            os.mkdir(self.path(name))
        shutil.chown(self.path("mail"), MAIL_USER, MAIL_USER)
        shutil.chown(self.path("sink"), "postfix")
        must("cmake", "--install", self.build, "--prefix", self.path("prefix"),
             timeout=120)
        self.configure()

    def configure(self, settings=None):
        """The one file of our own."""
        if settings is not None:
            self.settings = settings
        write(self.config, f"""\
authserv_id = "mx.{HOME}"
user = "{USER}"
pid_file = "{self.dir}/run/postseald.pid"
control_socket = "{self.dir}/control/control.sock"
state_database = "{self.dir}/state/state.db"
milter {{
  socket = "unix:{self.dir}/milter/milter.sock"
}}
directory {{
  database = "{self.dir}/directory/directory.db"
  credentials = "{self.dir}/auth/credentials.db"
  read_group = "postfix"
}}
mail {{
  home = "{self.dir}/mail/%d/%n"
  user = "{MAIL_USER}"
  group = "{MAIL_USER}"
}}
keys {{
  folder = "{self.dir}/keys"
  group = "{USER}"
}}
dns {{
  servers = {{"127.0.0.1@{self.port['dns']}"}}
  timeout = 3
}}
{self.settings or '''spf {
  on_fail = "mark"
}
dmarc {
  on_reject = "reject"
}'''}
""")

    def postseal(self, *arguments, text=None):
        return run(self.command, "-c", self.config, *arguments, text=text)

    # ---- name server

    def start_nsd(self):
        os.mkdir(self.path("nsd"))
        write(self.path("nsd/nsd.conf"), f"""\
server:
  ip-address: 127.0.0.1@{self.port['dns']}
  username: ""
  zonesdir: "{self.dir}/nsd"
  database: ""
  pidfile: "{self.dir}/run/nsd.pid"
  xfrdfile: "{self.dir}/nsd/xfrd.state"
  xfrdir: "{self.dir}/nsd"
  zonelistfile: "{self.dir}/nsd/zone.list"
  logfile: "{self.dir}/log/nsd"
  server-count: 1
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
""")
        self.write_zone()
        must("nsd", "-c", self.path("nsd/nsd.conf"))
        if not wait_for(lambda: listens(self.port["dns"])):
            raise Fault("nsd does not start: " + self.log("nsd"))

    def write_zone(self):
        """The root, so that a name we do not have does not exist."""
        write(self.path("nsd/root.zone"), f"""\
$TTL {self.ttl}
. SOA ns.example. hostmaster.example. {int(time.time())} 60 60 60 {self.ttl}
. NS ns.example.
ns.example. A 127.0.0.1
{HOME}. MX 10 mx.{HOME}.
mx.{HOME}. A 127.0.0.1
{HOME}. TXT "v=spf1 ip4:127.0.0.1 -all"
""" + "\n".join(self.zone) + "\n")

    def publish(self, *lines):
        """More records in the zone, answered when this returns."""
        self.zone += lines
        if not os.path.exists(self.path("run/nsd.pid")):
            return
        marker = f"marker{len(self.zone)}.example"
        self.zone.append(f'{marker}. TXT "here"')
        # nsd looks at the file's time, in seconds.
        self.write_zone()
        os.utime(self.path("nsd/root.zone"), (time.time() + len(self.zone),) * 2)
        os.kill(self.pid("nsd"), signal.SIGHUP)
        if not wait_for(lambda: self.ask(marker, "TXT")):
            raise Fault(f"nsd does not answer {marker}: " + self.log("nsd"))

    def ask(self, name, kind):
        """Texts of the records that the name server has."""
        import dns.resolver
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port["dns"]
        try:
            answer = resolver.resolve(name.rstrip(".") + ".", kind, lifetime=5)
        except dns.exception.DNSException:
            return []
        if kind == "TXT":
            return [b"".join(r.strings).decode() for r in answer]
        return [r.to_text() for r in answer]

    # ---- postseald

    def start_postseald(self):
        """As its own user, in the foreground, with a log of its own."""
        before = len(self.log("postseald"))
        process = self.spawn("postseald", self.path("prefix/sbin/postseald"),
                             "-f", "-c", self.config)
        wait_for(lambda: "started" in self.log("postseald")[before:] or
                 process.poll() is not None)
        if "started" not in self.log("postseald")[before:]:
            raise Fault("postseald does not start: " +
                        self.log("postseald")[before:])

    def stop_postseald(self, number=signal.SIGTERM):
        """Its exit status."""
        process = self.processes.pop("postseald")
        process.send_signal(number)
        return process.wait(10)

    def spawn(self, name, *command):
        """A process that lives on when we end; its id in run/NAME.pid."""
        with open(self.path("log", name), "a") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log,
                                       start_new_session=True)
        write(self.path("run", f"{name}.pid"), f"{process.pid}\n")
        self.processes[name] = process
        return process

    # ---- Dovecot

    def start_dovecot(self):
        for name in ("dovecot/state", "dovecot/modules"):
            os.makedirs(self.path(name))
        modules = self.path("dovecot/modules")
        must("cp", "-a", f"{MODULES}/.", modules)
        must("cp", "-a", self.path("prefix/lib/dovecot/modules/."), modules)
        for folder in ("auth", "settings"):
            if os.path.isdir(f"{modules}/{folder}"):
                must("cp", "-L", self.path("prefix/lib/libpostseal.so.0"),
                     f"{modules}/{folder}")
        write(self.dovecot_conf, self.dovecot_settings())
        # The module folder is compiled in: ours lies over it, in a mount
        # namespace that only this Dovecot lives in.
        must("unshare", "-m", "--propagation", "private", "sh", "-c",
             f"mount --bind '{modules}' {MODULES} && "
             f"exec dovecot -c '{self.dovecot_conf}' "
             f">'{self.path('log/dovecot.start')}' 2>&1")
        if not wait_for(lambda: listens(self.port["imap"]) and os.path.exists(
                self.path("dovecot/run/lmtp-postfix"))):
            raise Fault("dovecot does not start: " + self.log("dovecot") +
                        self.log("dovecot.start"))

    def dovecot_settings(self):
        series = must("dovecot", "--version").out[:3]
        if series == "2.3":
            versions = ""
            own = f"""\
disable_plaintext_auth = yes
mail_location = maildir:~/Maildir
ssl_cert = <{self.dir}/run/cert.pem
ssl_key = <{self.dir}/run/key.pem
passdb {{
  driver = postseal
  args = {self.config}
}}
userdb {{
  driver = postseal
  args = {self.config}
}}
"""
        else:
            versions = "dovecot_config_version = 2.4.0\n" \
                "dovecot_storage_version = 2.4.0\n"
            own = f"""\
auth_allow_cleartext = no
mail_driver = maildir
mail_path = ~/Maildir
ssl_server_cert_file = {self.dir}/run/cert.pem
ssl_server_key_file = {self.dir}/run/key.pem
postseal_config_file = {self.config}
passdb postseal {{
}}
userdb postseal {{
}}
"""
        return versions + f"""\
base_dir = {self.dir}/dovecot/run
state_dir = {self.dir}/dovecot/state
instance_name = {os.path.basename(self.dir)}
log_path = {self.dir}/log/dovecot
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
auth_mechanisms = plain
auth_verbose = yes
auth_failure_delay = 0
first_valid_uid = 1
service imap-login {{
  inet_listener imap {{
    port = {self.port['imap']}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0600
    user = postfix
  }}
}}
service lmtp {{
  unix_listener lmtp-postfix {{
    mode = 0600
    user = postfix
  }}
}}
{own}"""

    def doveadm(self, *arguments):
        """Where Dovecot lives: 2.4 needs our module to read its settings."""
        with open(self.path("dovecot/run/master.pid")) as file:
            pid = file.read().strip()
        return run("nsenter", f"--target={pid}", "--mount", "--root", "doveadm",
                   "-c", self.dovecot_conf, *arguments)

    # ---- Postfix

    def start_postfix(self):
        conf, queue = self.postfix_conf, self.path("postfix/queue")
        meta = self.path("postfix/meta")
        for folder in (conf, queue, f"{meta}/dynamicmaps.cf.d",
                       self.path("postfix/data")):
            os.makedirs(folder)
        shutil.chown(self.path("postfix/data"), "postfix")
        for name in ("postfix-files", "postfix-script", "post-install",
                     "dynamicmaps.cf"):
            for place in ("/etc/postfix", "/usr/share/postfix",
                          "/usr/lib/postfix"):
                if os.path.exists(f"{place}/{name}"):
                    shutil.copy(f"{place}/{name}", meta)
                    break
        plugin = self.path("prefix/lib/postfix/postfix-postseal.so")
        write(f"{meta}/dynamicmaps.cf.d/postseal",
              f"postseal {plugin} dict_postseal_open\n")
        for name in ("active bounce corrupt defer deferred flush hold incoming "
                     "private saved trace").split():
            os.mkdir(f"{queue}/{name}", 0o700)
            shutil.chown(f"{queue}/{name}", "postfix", "root")
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            os.mkdir(f"{queue}/{name}")
            shutil.chown(f"{queue}/{name}", "postfix", "postdrop")
            os.chmod(f"{queue}/{name}", mode)
        os.mkdir(f"{queue}/pid", 0o755)
        write(f"{queue}/quick-start", "")
        write(f"{conf}/main.cf", self.main_cf(meta, queue))
        write(f"{conf}/master.cf", self.master_cf())
        if self.parameters:
            must("postconf", "-c", conf, "-e", *self.parameters)
        # Postfix waits while its files are fresh.
        for name in ("main.cf", "master.cf"):
            os.utime(f"{conf}/{name}", (time.time() - 60,) * 2)
        must("postfix", "-c", conf, "start")
        if not wait_for(lambda: greets(self.port["smtp"]) and
                        greets(self.port["submission"])):
            raise Fault("postfix does not start: " + self.log())

    def main_cf(self, meta, queue):
        return f"""\
compatibility_level = 3.6
# A private instance beside the machine's own.
queue_directory = {queue}
data_directory = {self.dir}/postfix/data
meta_directory = {meta}
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
syslog_name = postfix
maillog_file = {self.dir}/log/mail
maillog_file_prefixes = {os.path.dirname(self.dir)}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.{HOME}
myorigin = {HOME}
mydestination =
alias_maps =
alias_database =
biff = no
# A host that tests how mail from elsewhere is judged.
smtpd_authorized_xclient_hosts = 127.0.0.1
# All that leaves goes to a listener that keeps it.
relayhost = [127.0.0.1]:{self.port['sink']}
transport_maps = inline:{{ {{closed.example = error:5.1.2 the domain is closed}} }}

# Domains, accounts and aliases.
postseal_config_file = {self.config}
virtual_mailbox_domains = proxy:postseal:${{postseal_config_file}}:domains
virtual_mailbox_maps = proxy:postseal:${{postseal_config_file}}:mailboxes
virtual_alias_maps = proxy:postseal:${{postseal_config_file}}:aliases
virtual_transport = lmtp:unix:{self.dir}/dovecot/run/lmtp-postfix

# Signing and judging.
smtpd_milters = unix:{self.dir}/milter/milter.sock
non_smtpd_milters = $smtpd_milters
milter_default_action = tempfail
internal_mail_filter_classes = bounce

# Submission: STARTTLS, and passwords checked by Dovecot.
smtpd_tls_cert_file = {self.dir}/run/cert.pem
smtpd_tls_key_file = {self.dir}/run/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = {self.dir}/dovecot/run/auth-postfix
smtpd_sender_login_maps = proxy:postseal:${{postseal_config_file}}:senders
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
"""

    def master_cf(self):
        services = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
        return f"""\
127.0.0.1:{self.port['smtp']} inet n - n - - smtpd
127.0.0.1:{self.port['submission']} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
  -o milter_macro_daemon_name=SUBMISSION
{services}"""

    def postmap(self, view, key):
        table = f"proxy:postseal:{self.config}:{view}"
        return run("postmap", "-c", self.postfix_conf, "-q", key, table)

    def start_sink(self):
        """Takes the mail that leaves; one file a message."""
        self.spawn("sink", "/usr/sbin/smtp-sink", "-c", "-u", "postfix", "-d",
                   self.path("sink/%s."), f"127.0.0.1:{self.port['sink']}",
                   "100")
        if not wait_for(lambda: listens(self.port["sink"])):
            raise Fault("smtp-sink does not start: " + self.log("sink"))

    def left(self):
        """What has left so far, as octets; complete messages only."""
        texts = []
        for name in sorted(os.listdir(self.path("sink"))):
            with open(self.path("sink", name), "rb") as file:
                texts.append(file.read())
        return texts

    # ---- all of it

    def certificate(self):
        must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             f"/CN=mx.{HOME}", "-keyout", self.path("run/key.pem"), "-out",
             self.path("run/cert.pem"))
        os.chmod(self.path("run/key.pem"), 0o600)

    def start(self):
        """prepare() and the first commands come before."""
        self.certificate()
        self.start_nsd()
        self.start_sink()
        self.start_postseald()
        self.start_dovecot()
        self.start_postfix()

    def pid(self, name):
        try:
            with open(self.path("run", f"{name}.pid")) as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0

    def stop(self):
        """Everything that was started, whatever state it is in."""
        stop(self.dir, self.processes)


def stop(folder, processes=()):
    """Stop the instance in folder, perhaps another process's, and remove it."""
    def pid_of(path):
        try:
            with open(os.path.join(folder, path)) as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0

    pids = [pid_of(path) for path in (
        "postfix/queue/pid/master.pid", "dovecot/run/master.pid",
        "run/postseald.pid", "run/sink.pid", "run/nsd.pid")]
    pids = [pid for pid in pids if pid and mentions(pid, folder)]
    for pid in pids:
        kill(pid, signal.SIGTERM)
    for name in processes:
        processes[name].wait(10)
    if not wait_for(lambda: not any(alive(pid) for pid in pids)):
        for pid in pids:
            kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
