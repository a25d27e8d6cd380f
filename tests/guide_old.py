"""guide_old.py - what is there before a guide is followed: the programs that it
leads away from, a directory server, and mail that goes on meanwhile."""

import base64
import glob
import os
import re
import shutil
import threading
import time

from guide_host import NAME
from hosted import check, finish, run, show, wait_for, write

OPENDKIM = "/etc/dkimkeys/example.org/mail.private"
BOTH_WAYS = ("out", "in")


def must(*command, **more):
    done = run(*command, timeout=60, **more)
    if done.status != 0:
        check(" ".join(command), False, show(done))
        finish()
    return done.out


def set_main(*lines):
    must("postconf", "-e", *lines)
    # Postfix keeps away from a file that was just written.
    os.utime("/etc/postfix/main.cf", (time.time() - 60,) * 2)
    must("sh", "-c", "postfix reload >/run/reload 2>&1")


def people(world):
    """Alice is a user of the machine, as she was before."""
    must("useradd", "--create-home", "--home-dir", "/var/home-of-alice", "alice")
    set_main("mydestination = example.org, localhost", "home_mailbox = Maildir/",
             "mailbox_command =")
    world.publish("example.org. MX 10 mx.example.org.\n"
                  'forged.example. TXT "v=spf1 -all"\n'
                  '_dmarc.forged.example. TXT "v=DMARC1; p=reject"\n')


def opendkim(world):
    """Signs for example.org, and verifies."""
    os.makedirs(os.path.dirname(OPENDKIM))
    must("openssl", "genrsa", "-traditional", "-out", OPENDKIM, "2048")
    der = must("sh", "-c", f"openssl rsa -in {OPENDKIM} -pubout -outform DER "
               "2>/dev/null | base64 -w0")
    base64.b64decode(der)
    world.publish("mail._domainkey.example.org. TXT "
                  f'"v=DKIM1; k=rsa; p={der[:200]}" "{der[200:]}"\n')
    must("chown", "-R", "opendkim:opendkim", "/etc/dkimkeys")
    os.chmod(OPENDKIM, 0o600)
    write("/etc/opendkim.conf", f"""\
Syslog yes
UserID opendkim
Socket inet:8891@127.0.0.1
PidFile /run/opendkim/opendkim.pid
Canonicalization relaxed/simple
OversignHeaders From
KeyTable /etc/dkimkeys/keys
SigningTable refile:/etc/dkimkeys/domains
Nameservers 127.0.0.1
AuthservID {NAME}
""")
    write("/etc/dkimkeys/keys", f"mail example.org:mail:{OPENDKIM}\n")
    write("/etc/dkimkeys/domains", "*@example.org mail\n")
    must("sh", "-c", "systemctl start opendkim >/run/out 2>&1")
    set_main("smtpd_milters = inet:127.0.0.1:8891",
             "non_smtpd_milters = $smtpd_milters",
             "milter_default_action = accept")


def opendmarc():
    """Behind opendkim; refuses."""
    write("/etc/opendmarc.conf", f"""\
Syslog true
Socket inet:8893@127.0.0.1
PidFile /run/opendmarc/opendmarc.pid
RejectFailures true
SPFSelfValidate true
AuthservID {NAME}
TrustedAuthservIDs {NAME}
""")
    must("sh", "-c", "systemctl start opendmarc >/run/out 2>&1")
    set_main("smtpd_milters = inet:127.0.0.1:8891, inet:127.0.0.1:8893")


def policyd_spf():
    must("postconf", "-Me", "policyd-spf/unix=policyd-spf unix - n n - 0 spawn "
         "user=policyd-spf argv=/usr/bin/policyd-spf")
    set_main("smtpd_recipient_restrictions = permit_mynetworks, "
             "reject_unauth_destination, "
             "check_policy_service unix:private/policyd-spf")


def postfwd():
    """Three messages an hour for each login, at the end of each."""
    write("/etc/postfix/postfwd.cf", """\
# of the old host
id=LIMIT; protocol_state==END-OF-MESSAGE; sasl_username!~^$
    action=rcpt(sasl_username/3/3600/REJECT three an hour)
""")
    text = read("/etc/default/postfwd")
    write("/etc/default/postfwd", text.replace("STARTUP=0", "STARTUP=1"))
    must("sh", "-c", "systemctl start postfwd >/run/out 2>&1")
    must("chpasswd", text="alice:secret\n")
    write("/etc/dovecot/conf.d/98-auth.conf", """\
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
""")
    must("sh", "-c", "systemctl restart dovecot >/run/out 2>&1")
    set_main("smtpd_end_of_data_restrictions = check_policy_service "
             "inet:127.0.0.1:10040", "smtpd_sasl_auth_enable = yes",
             "smtpd_sasl_type = dovecot", "smtpd_sasl_path = private/auth")


# What Debian's package makes, for this base.
SLAPD = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: /run/slapd/slapd.pid

dn: cn=module{0},cn=config
objectClass: olcModuleList
cn: module{0}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif

include: file:///etc/ldap/schema/cosine.ldif

include: file:///etc/ldap/schema/nis.ldif

include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={-1}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {-1}frontend
olcSizeLimit: 500

dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcAccess: to * by dn.exact=gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth manage by * break

dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: dc=example,dc=org
olcDbDirectory: /var/lib/ldap
olcRootDN: cn=admin,dc=example,dc=org
olcAccess: to attrs=userPassword by self write by anonymous auth by * none
olcAccess: to attrs=shadowLastChange by self write by * read
olcAccess: to * by * read
olcDbIndex: objectClass eq
olcDbIndex: cn,uid eq
olcDbIndex: uidNumber,gidNumber eq
olcDbIndex: member,memberUid eq
"""
SLAPD_START = """\
#!/bin/sh
mkdir -p /run/slapd
exec /run/bin/slapd -F /run/slapd.d -h "ldap://127.0.0.1/ ldapi:///"
"""


def slapd():
    os.mkdir("/run/slapd.d")
    shutil.rmtree("/var/lib/ldap", True)
    os.makedirs("/var/lib/ldap")
    # Another name than the one that a profile of AppArmor may be for.
    shutil.copy("/usr/sbin/slapd", "/run/bin/slapd")
    write("/run/bin/slapd-start", SLAPD_START, 0o755)
    must("slapadd", "-F", "/run/slapd.d", "-b", "cn=config", text=SLAPD)
    must("slapadd", "-F", "/run/slapd.d", "-b", "dc=example,dc=org", text=(
        "dn: dc=example,dc=org\nobjectClass: dcObject\n"
        "objectClass: organization\ndc: example\no: example\n"))
    must("sh", "-c", "systemctl start slapd >/run/out 2>&1")


def read(path):
    with open(path) as file:
        return file.read()


class Mail:
    """Goes on, out and in, a message each a few times a second, and what
    becomes of it."""

    def __init__(self, world, ways=BOTH_WAYS):
        self.world, self.ways = world, ways
        self.sent, self.refused = [], []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.go, daemon=True)
        self.thread.start()

    def go(self):
        count = 0
        while not self.stop.wait(0.25):
            count += 1
            for way in self.ways:
                subject = f"{way} {count}"
                if way == "out":
                    refusal = self.world.send(
                        subject, "alice@example.org", "them@example.net",
                        client="127.0.0.1")
                else:
                    refusal = self.world.send(subject)
                if refusal is None:
                    self.sent.append(subject)
                else:
                    self.refused.append(f"{subject}: {refusal}")

    def end(self, seconds=60):
        """{subject: [its header]} of all that was sent."""
        self.stop.set()
        self.thread.join()
        check("mail went on meanwhile", len(self.sent) > 10 and
              not self.refused, f"{len(self.sent)} {self.refused[:3]}")

        def arrived():
            return self.found().keys() >= set(self.sent)
        wait_for(arrived, seconds)
        found = self.found()
        check("each message has arrived once",
              all(len(found.get(subject, [])) == 1 for subject in self.sent),
              [subject for subject in self.sent
               if len(found.get(subject, [])) != 1])
        return found

    def found(self):
        texts = self.world.left()
        for path in glob.glob("/var/home-of-alice/Maildir/new/*"):
            with open(path, errors="replace") as file:
                texts.append(file.read())
        found = {}
        for text in texts:
            head = text.split("\n\n")[0]
            subject = re.search(r"(?m)^Subject: ((?:out|in) \d+)$", head)
            if subject:
                found.setdefault(subject[1], []).append(head)
        # In the order in which they were sent.
        return dict(sorted(found.items(),
                           key=lambda item: int(item[0].split()[1])))


def forged_is_refused(world):
    refusal = world.send("forged", "x@forged.example")
    return refusal is not None and re.search(r"\b5\d\d\b", refusal) is not None


def smtpds_since():
    """When each process of smtpd(8) has begun, in seconds of this boot."""
    begun = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = read(path).rpartition(")")
        except OSError:
            continue  # it has ended
        words = fields[2].split()
        if fields[0].endswith("(smtpd") and words[0] != "Z":
            begun.append(int(words[19]) / os.sysconf("SC_CLK_TCK"))
    return begun
