"""setup_place.py - this machine's Postfix and Dovecot as they come, in
namespaces of their own, for "postseal setup"; and mail through them."""

import glob
import hashlib
import os
import smtplib
import socket
import ssl
import stat
import sys

from hosted import BUILD, check, run, show, wait_for, write
from overlaid import OUTSIDE

MAILDIR = "/var/vmail/example.org/alice/Maildir/new"
MAIN = "/etc/postfix/main.cf"
MASTER = "/etc/postfix/master.cf"
CONF = "/etc/postseal/postseal.conf"
DOVECOT = "/etc/dovecot/conf.d/05-postseal.conf"
TYPE = "/etc/postfix/dynamicmaps.cf.d/postseal"
RECORD = "/var/lib/postseal/setup/record.json"
DOMAIN = ("--domain", "example.org", "--admin", "alice@example.org")
# gpasswd and useradd keep what was before them.
ACCOUNTS = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow")
BACKUPS = tuple(f"{path}-" for path in ACCOUNTS)


def prepare():
    """Programs and certificates.  The packages' users and folders are not
    there: setup makes them."""
    if os.path.exists("/etc/postseal") or os.path.exists("/var/lib/postseal"):
        sys.exit("Postseal is installed here already")
    done = run("cmake", "--install", BUILD, "--prefix", "/usr", timeout=120)
    if done.status != 0:
        sys.exit(show(done))
    os.mkdir("/run/bin")
    run("useradd", "--uid", "1500", "local")
    write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    write("/etc/hosts", "127.0.0.1 localhost mx.example.org\n")
    for key, certificate in (("/etc/dovecot/private/dovecot.key",
                              "/etc/dovecot/private/dovecot.pem"),
                             ("/etc/postfix/key.pem", "/etc/postfix/cert.pem")):
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.example.org",
            "-keyout", key, "-out", certificate)
    run("postconf", "-e", "myhostname = mx.example.org",
        "maillog_file = /var/log/mail.log",
        "smtpd_tls_cert_file = /etc/postfix/cert.pem",
        "smtpd_tls_key_file = /etc/postfix/key.pem")
    write("/var/log/mail.log", "")
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"


def tree():
    """All of /etc: kinds, owners, modes, contents."""
    found = {}
    for folder, folders, files in os.walk("/etc"):
        for name in folders + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            what = b""
            if stat.S_ISREG(info.st_mode) and path not in BACKUPS:
                with open(path, "rb") as file:
                    what = hashlib.sha256(file.read()).digest()
            elif stat.S_ISLNK(info.st_mode):
                what = os.readlink(path).encode()
            found[path] = (info.st_mode, info.st_uid, info.st_gid, what)
    return found


def difference(before):
    now = tree()
    return sorted(path for path in before.keys() | now.keys()
                  if before.get(path) != now.get(path))


def setup(*arguments, timeout=120, **more):
    return run("postseal", "setup", *arguments, timeout=timeout, **more)


def read(path):
    with open(path) as file:
        return file.read()


def delivered(subject, folder=MAILDIR):
    for name in glob.glob(folder + "/*"):
        text = read(name)
        if f"Subject: {subject}\n" in text:
            return text
    return None


def arrives_at(folder, subject):
    wait_for(lambda: delivered(subject, folder) is not None, 30)
    return delivered(subject, folder) or ""


def arrives(subject):
    return arrives_at(MAILDIR, subject)


def message(sender, subject):
    return f"From: {sender}\nSubject: {subject}\n\nhi\n"


def no_name_check():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def submit(subject, sender="alice@example.org"):
    with smtplib.SMTP("127.0.0.1", 587, timeout=30) as smtp:
        smtp.starttls(context=no_name_check())
        smtp.login("alice@example.org", "secret")
        smtp.sendmail(sender, ["info@example.org"], message(sender, subject))


def check_mail(name):
    try:
        submit(f"out {name}")
    except (OSError, smtplib.SMTPException) as error:
        check(f"{name}: mail is submitted", False, error)
    text = arrives(f"out {name}")
    check(f"{name}: submitted mail is signed twice",
          text.count("\nDKIM-Signature:") == 2, text or read(
              "/var/log/mail.log")[-2000:])
    with smtplib.SMTP("127.0.0.1", timeout=30,
                      source_address=(OUTSIDE, 0)) as smtp:
        smtp.sendmail("x@example.net", ["alice@example.org"],
                      message("alice@example.org", f"in {name}"))
    text = arrives(f"in {name}")
    check(f"{name}: mail from outside is judged, and not signed",
          "Authentication-Results: mx.example.org" in text and
          "DKIM-Signature" not in text, text)


listening = []  # in Dovecot's place


def quiet_hosts():
    """From here on, neither is started or asked through proxymap."""
    run("postfix", "stop", timeout=60)
    run("doveadm", "stop")
    for name in ("postfix", "doveadm"):
        write(f"/run/bin/{name}", "#!/bin/sh\nexit 0\n", 0o755)
    write("/run/bin/dovecot", """\
#!/bin/sh
[ "$*" != --version ] || exec /usr/sbin/dovecot --version
""", 0o755)
    write("/run/bin/postmap", """\
#!/bin/sh
for word; do
	shift
	set -- "$@" "${word#proxy:}"
done
exec /usr/sbin/postmap "$@"
""", 0o755)
    os.environ["PATH"] = "/run/bin:" + os.environ["PATH"]
    for name in ("dovecot-lmtp", "auth"):
        path = f"/var/spool/postfix/private/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.unlink(path)
        listening.append(socket.socket(socket.AF_UNIX))
        listening[-1].bind(path)
        listening[-1].listen(1000)


def edit(path, old, new):
    text = read(path)
    if old not in text:
        check(f"{path} has {old!r}", False, text)
    with open(path, "w") as file:
        file.write(text.replace(old, new))
