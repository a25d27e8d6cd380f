"""guide_host.py - the fresh host that a guide is followed on: Debian's Postfix
and Dovecot as installed, in namespaces of their own (overlaid.py), with a name
server, a mail server of others, and a second host where a guide needs one.

What a test cannot have is put in its place: systemctl(1), as no systemd runs,
and, unless POSTSEAL_PACKAGES names a folder of packages, "apt install ./*.deb",
which installs the build and runs the packages' own scripts."""

import glob
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import threading
import time

from guide import PASSWORD, keys_in
from hosted import BUILD, TOP, run, show, wait_for, write
from overlaid import OUTSIDE, enter

NAME = "mx.example.org"
ADDRESS = "192.0.2.1"
OTHERS = "192.0.2.20"  # takes all mail that leaves
SECOND = "192.0.2.2"  # the second host
SYSTEMCTL = os.path.join(TOP, "tests/guide_systemctl.sh")
JOURNALCTL = """\
#!/bin/sh
# The part of it that guides use: journalctl -t NAME -n LINES.
[ "$1 $3" = "-t -n" ] || exit 1
grep " $2\\[\\|$2: " /var/log/mail.log | tail -n "$4"
"""
HOME = """\
example.org. MX 10 mx.example.org.
example.org. TXT "v=spf1 mx -all"
_dmarc.example.org. TXT "v=DMARC1; p=none"
forged.example. TXT "v=spf1 -all"
_dmarc.forged.example. TXT "v=DMARC1; p=reject"
"""
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
APT = """\
#!/bin/sh
# "apt install ./*.deb" of the packages that were not built.
set -e
case "$*" in
"install ./"*.deb) ;;
"install "* | "remove "*) exit 0 ;;
*) echo "apt $*: not in this test" >&2; exit 1 ;;
esac
cmake --install {build} --prefix /usr
mkdir -p /etc/postseal
cp {top}/examples/postseal.conf /etc/postseal/
(cd / && xargs mkdir -p <{top}/packaging/debian/postseal-postfix.dirs)
for package in postseal postseal-postfix; do
	sh {top}/packaging/debian/$package.postinst configure
done
"""
# As the first one has it; /dev, and so the log, is the same.
SECOND_HOST = """\
set -e
mkdir -p /run/second
mount -t tmpfs tmpfs /run/second
cd /run/second
for folder in etc usr var root tmp; do
	mkdir $folder.upper $folder.work
	mount -t overlay overlay -o lowerdir=/run/plain/$folder,upperdir=/run/second/$folder.upper,workdir=/run/second/$folder.work /$folder
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/bin /run/packages
cp {systemctl} /run/bin/systemctl
echo /run/packages >/run/place
ip link set lo up
until ip link set eth1 up 2>/dev/null; do sleep 0.1; done
ip addr add {address} dev eth1
ip route add {other} dev eth1
hostname {name}
echo "127.0.0.1 localhost {name}" >/etc/hosts
echo "nameserver {other}" >/etc/resolv.conf
postfix check 2>/dev/null || :  # makes its folders, as a first start does
touch /run/ready
exec sleep 100000
"""
ZONE = """\
$TTL 1
. SOA ns.example. hostmaster.example. {serial} 60 60 60 1
. NS ns.example.
ns.example. A 127.0.0.1
mx.example.org. A 192.0.2.1
1.2.0.192.in-addr.arpa. PTR mx.example.org.
example.net. MX 10 mail.example.net.
mail.example.net. A 192.0.2.20
example.net. TXT "v=spf1 ip4:192.0.2.10 -all"
10.2.0.192.in-addr.arpa. PTR out.example.net.
out.example.net. A 192.0.2.10
"""


def write_log(listener):
    """What rsyslogd does."""
    while True:
        line = listener.recv(65535).decode(errors="replace").rstrip("\n\0")
        with open("/var/log/mail.log", "a") as file:
            file.write(line.split(">", 1)[-1] + "\n")


class World:
    def __init__(self):
        enter(more=("/root", "/tmp"))
        self.records, self.second, self.names = "", None, None
        self.packages = os.environ.get("POSTSEAL_PACKAGES")

    @staticmethod
    def own_devices():
        """A /dev with a log of its own, in mail.log."""
        os.makedirs("/run/dev")
        run("mount", "-t", "tmpfs", "tmpfs", "/run/dev")
        for name in DEVICES:
            write(f"/run/dev/{name}", "")
            run("mount", "--bind", f"/dev/{name}", f"/run/dev/{name}")
        for name in ("pts", "shm"):
            os.mkdir(f"/run/dev/{name}", 0o777)
        os.symlink("/proc/self/fd", "/run/dev/fd")
        run("mount", "--move", "/run/dev", "/dev")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=write_log, args=(listener,),
                         daemon=True).start()

    # ---- what the steps find

    def prepare(self):
        if os.path.exists("/etc/postseal") or \
                os.path.exists("/var/lib/postseal"):
            sys.exit("Postseal is installed here already")
        for address in (ADDRESS, OTHERS):
            run("ip", "addr", "add", address, "dev", "lo")
        self.own_devices()
        os.makedirs("/run/bin")
        shutil.copy(SYSTEMCTL, "/run/bin/systemctl")
        write("/run/bin/journalctl", JOURNALCTL, 0o755)
        os.environ["PATH"] = "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        write("/etc/hosts", f"127.0.0.1 localhost\n{ADDRESS} {NAME} mx\n")
        write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.start_names()
        self.certificates()
        run("postconf", "-e", f"myhostname = {NAME}",
            "mydestination = localhost", "inet_protocols = ipv4",
            f"inet_interfaces = 127.0.0.1, {ADDRESS}",
            "maillog_file = /var/log/mail.log",
            "smtpd_tls_cert_file = /etc/ssl/mx.pem",
            "smtpd_tls_key_file = /etc/ssl/private/mx.key",
            "smtpd_tls_security_level = may")
        write("/var/log/mail.log", "")
        run("newaliases")
        self.log_of_dovecot()
        self.start_others()
        self.start_hosts()
        os.makedirs("/run/packages")
        write("/run/place", "/run/packages\n")
        if self.packages:
            for path in glob.glob(f"{self.packages}/*.deb"):
                shutil.copy(path, "/run/packages")
        else:
            write("/run/bin/apt", APT.format(build=BUILD, top=TOP), 0o755)

    @staticmethod
    def log_of_dovecot():
        write("/etc/dovecot/conf.d/99-local.conf",
              "log_path = /var/log/dovecot.log\n")

    @staticmethod
    def certificates():
        for key, certificate, name in (
                ("/etc/ssl/private/mx.key", "/etc/ssl/mx.pem", NAME),
                ("/etc/dovecot/private/dovecot.key",
                 "/etc/dovecot/private/dovecot.pem", NAME)):
            os.makedirs(os.path.dirname(key), exist_ok=True)
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                "-keyout", key, "-out", certificate)

    def start_names(self):
        os.makedirs("/run/nsd")
        write("/run/nsd/nsd.conf", """\
server:
  ip-address: 127.0.0.1
  ip-address: 192.0.2.1
  username: ""
  zonesdir: "/run/nsd"
  database: ""
  pidfile: "/run/nsd/pid"
  xfrdfile: "/run/nsd/xfrd"
  xfrdir: "/run/nsd"
  zonelistfile: "/run/nsd/list"
  logfile: "/run/nsd/log"
  server-count: 1
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
""")
        self.serial = int(time.time())
        self.publish("")

    def publish(self, records):
        """More of them, answered when this returns."""
        new = "".join(line + "\n" for line in records.split("\n")
                      if line and not line.startswith(";"))
        if self.names is not None and not new:
            return
        self.records += new
        self.serial += 1
        write("/run/nsd/root.zone",
              ZONE.format(serial=self.serial) + self.records)
        if self.names is not None:
            self.names.terminate()
            self.names.wait()
        with open("/run/nsd/out", "w") as out:
            self.names = subprocess.Popen(
                ["nsd", "-d", "-c", "/run/nsd/nsd.conf"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        if not wait_for(self.answers, 20):
            with open("/run/nsd/log") as file:
                sys.exit(f"nsd does not load {records!r}: {file.read()}")

    def answers(self):
        """Does the name server have the serial number by now?"""
        query = (b"\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                 b"\x00\x00\x06\x00\x01")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.sendto(query, ("127.0.0.1", 53))
            try:
                answer = client.recv(4096)
            except OSError:
                return False
        return self.serial.to_bytes(4, "big") in answer

    @staticmethod
    def start_others():
        """Messages that leave, a file each."""
        os.makedirs("/run/sink")
        shutil.chown("/run/sink", "postfix")
        with open("/run/sink.log", "w") as log:
            subprocess.Popen(
                ["smtp-sink", "-u", "postfix", "-d", "/run/sink/%s.",
                 f"{OTHERS}:25", "100"], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)

    @staticmethod
    def start_hosts():
        for command in ("systemctl start postfix", "dovecot"):
            done = run("sh", "-c", f"{command} >/run/out 2>&1", timeout=60)
            if done.status != 0:
                with open("/run/out") as file:
                    sys.exit(f"{command}: {file.read()}")

    def home(self):
        """As doc/first-domain.md leaves it; there, it is tried."""
        self.prepare()
        for command in ("apt install ./*.deb",
                        "systemctl restart postfix dovecot",
                        "postseal setup --domain example.org --admin "
                        "alice@example.org --yes",
                        "postseal adduser alice@example.org"):
            done = self.do(command)
            if done.status != 0:
                sys.exit(f"{command}: {show(done)}")
            self.publish(keys_in(done.out))
        self.publish(HOME)
        done = self.do("postseal dkim activate example.org")
        if done.status != 0:
            sys.exit(show(done))

    # ---- what is done

    def do(self, command, host=""):
        """A command; passwords are on its standard input."""
        inside = () if not host else self.other()
        # Daemons keep the output open: it goes through files.
        # In the wrong place nothing must be done.
        script = ("[ -e /run/ready ] || exit 99\n" if host else "") + f"""\
exec >/run/out 2>/run/err
cd "$(cat /run/place 2>/dev/null || echo /root)"
{command}
status=$?
pwd >/run/place
exit $status
"""
        done = run(*inside, "sh", "-c", script,
                   text=f"{PASSWORD}\n{PASSWORD}\n", timeout=300)
        for name, path in (("out", "/run/out"), ("err", "/run/err")):
            with open(self.there(path) if host else path,
                      errors="replace") as file:
                setattr(done, name, file.read())
        done.said = done.out + done.err
        return done

    def start_second(self, name):
        """Another host of Debian as it is installed, beside this one."""
        run("mkdir", "-p", "/run/plain")
        run("mount", "--bind", "/", "/run/plain")  # without what is over it
        script = SECOND_HOST.format(address=SECOND, other=ADDRESS, name=name,
                                    systemctl=SYSTEMCTL)
        self.second = subprocess.Popen(
            ["unshare", "-m", "-n", "-u", "sh", "-c", script],
            stdin=subprocess.DEVNULL)
        space = f"/proc/{self.second.pid}/ns/net"
        wait_for(lambda: os.readlink(space) !=
                 os.readlink("/proc/self/ns/net"))
        for command in ("link add eth0 type veth peer name eth1 netns "
                        f"{self.second.pid}", "link set eth0 up",
                        f"route add {SECOND} dev eth0 src {ADDRESS}"):
            run("ip", *command.split())
        if not wait_for(lambda: os.path.exists(self.there("/run/ready")), 20):
            sys.exit("the second host does not come up")
        if not self.packages:
            write(self.there("/run/bin/apt"),
                  APT.format(build=BUILD, top=TOP), 0o755)
        for path in glob.glob("/run/packages/*.deb"):
            shutil.copy(path, self.there("/run/packages"))

    def there(self, path):
        """A file of the second host, as it is seen from here."""
        return f"/proc/{self.second.pid}/root{path}"

    def other(self):
        return ("nsenter", "-t", str(self.second.pid), "-m", "-n", "-u", "-r",
                "--")

    # ---- what became of it

    @staticmethod
    def left():
        """What has left for others so far; whole messages only."""
        texts = []
        for name in sorted(os.listdir("/run/sink")):
            with open(f"/run/sink/{name}", errors="replace") as file:
                texts.append(file.read())
        return texts

    def leaves(self, subject, seconds=30):
        """The message of this subject that has left, or ""."""
        def find():
            return [text for text in self.left()
                    if f"Subject: {subject}\n" in text]
        wait_for(find, seconds)
        return (find() or [""])[0]

    @staticmethod
    def mailbox(address="alice@example.org"):
        user, domain = address.split("@")
        texts = []
        for path in glob.glob(f"/var/vmail/{domain}/{user}/Maildir/*/*"):
            with open(path, errors="replace") as file:
                texts.append(file.read())
        return texts

    def arrives(self, subject, address="alice@example.org", seconds=30):
        def find():
            return [text for text in self.mailbox(address)
                    if f"Subject: {subject}\n" in text]
        wait_for(find, seconds)
        return (find() or [""])[0]

    @staticmethod
    def send(subject, sender="x@example.net", recipient="alice@example.org",
             client=OUTSIDE, port=25, login=None, author=None, extra=""):
        """Over SMTP; None, or the refusal."""
        try:
            with smtplib.SMTP(ADDRESS, port, timeout=60,
                              local_hostname="out.example.net",
                              source_address=(client, 0)) as smtp:
                if login:
                    smtp.starttls()
                    smtp.login(login, PASSWORD)
                smtp.sendmail(sender, [recipient], (
                    f"{extra}From: {author or sender}\nSubject: {subject}\n"
                    "Message-ID: <1@example.net>\n\nhi\n"))
        except (OSError, smtplib.SMTPException) as refusal:
            return str(refusal)
        return None

    @staticmethod
    def logs():
        texts = []
        for name in ("mail.log", "dovecot.log"):
            if os.path.exists(f"/var/log/{name}"):
                with open(f"/var/log/{name}", errors="replace") as file:
                    texts.append(file.read()[-2500:])
        return "\n".join(texts)

    @staticmethod
    def all_logs():
        with open("/var/log/mail.log", errors="replace") as file:
            return file.read()
