"""ldap_server.py - a private slapd for tests, in a folder of its own.

It loads examples/ldap/postseal.ldif, listens on ldapi and, at ports of
127.0.0.1, on ldap and ldaps with a certificate made here.  Anybody may read but
passwords; who binds as an entry proves its password.
"""

import os
import shutil
import signal
import subprocess

from processes import Fault, must, run, wait_for

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCHEMA = "/etc/ldap/schema"
BASE = "dc=example,dc=org"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
ALIASES = f"ou=aliases,{BASE}"
DOMAINS = f"ou=domains,{BASE}"
ADMIN = f"cn=admin,{BASE}"
READER = f"cn=reader,{BASE}"  # for simple bind, "reading"
PASSWORD = "administration"
SECRET = "to attrs=userPassword by anonymous auth by * none"

CONFIG = """\
dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {dir}/slapd.pid
olcTLSCACertificateFile: {dir}/ca.pem
olcTLSCertificateFile: {dir}/cert.pem
olcTLSCertificateKeyFile: {dir}/cert.key
olcTLSVerifyClient: never
olcAllows: update_anon

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb
olcModuleLoad: ppolicy

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file://{schema}/core.ldif

include: file://{schema}/cosine.ldif

include: file://{schema}/nis.ldif

include: file://{schema}/inetorgperson.ldif

include: file://{top}/examples/ldap/postseal.ldif

dn: olcDatabase={{-1}}frontend,cn=config
objectClass: olcDatabaseConfig
objectClass: olcFrontendConfig
olcDatabase: {{-1}}frontend
olcSizeLimit: 500

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcRootDN: cn=config
olcRootPW: {password}

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcSuffix: {base}
olcDbDirectory: {dir}/data
olcDbMaxSize: 1073741824
olcDbNoSync: TRUE
olcRootDN: {admin}
olcRootPW: {password}
olcAccess: {secret}
olcAccess: to * by * read
olcDbIndex: objectClass,uid,maildrop,member,uniqueMember,memberUid eq
olcDbIndex: mailacceptinggeneralid eq,sub
olcDbIndex: postsealSender,postsealDomainName eq
"""

ROOT = f"""\
dn: {BASE}
objectClass: dcObject
objectClass: organization
dc: example
o: example

dn: {PEOPLE}
objectClass: organizationalUnit
ou: people

dn: {GROUPS}
objectClass: organizationalUnit
ou: groups

dn: {ALIASES}
objectClass: organizationalUnit
ou: aliases

dn: {DOMAINS}
objectClass: organizationalUnit
ou: domains

dn: {READER}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: reader
userPassword: reading
"""


def person(uid, addresses=(), maildrops=(), password=None, more=()):
    """An account as LDIF."""
    lines = [f"dn: uid={uid},{PEOPLE}", "objectClass: inetOrgPerson",
             "objectClass: postfixUser",
             *(line for line in more if line.startswith("objectClass")),
             f"uid: {uid}", f"cn: {uid}", f"sn: {uid}"]
    lines += [f"mailacceptinggeneralid: {value}" for value in addresses]
    lines += [f"maildrop: {value}" for value in maildrops]
    if password:
        lines.append(f"userPassword: {password}")
    lines += [line for line in more if not line.startswith("objectClass")]
    return "\n".join(lines) + "\n\n"


def group(name, addresses=(), members=(), maildrops=(), kind="groupOfNames",
          attribute="member"):
    """A group as LDIF; members: uids, DNs, or logins of a posixGroup."""
    lines = [f"dn: cn={name},{GROUPS}", f"objectClass: {kind}",
             "objectClass: postfixGroup", f"cn: {name}"]
    if kind == "posixGroup":
        lines.append("gidNumber: 1000")
    for value in members:
        if attribute != "memberUid" and "=" not in value:
            value = f"uid={value},{PEOPLE}"
        lines.append(f"{attribute}: {value}")
    lines += [f"mailacceptinggeneralid: {value}" for value in addresses]
    lines += [f"maildrop: {value}" for value in maildrops]
    return "\n".join(lines) + "\n\n"


def domain(name, transport=None):
    """A domain received here, or relayed, as LDIF."""
    lines = [f"dn: postsealDomainName={name},{DOMAINS}",
             "objectClass: postsealDomain", f"postsealDomainName: {name}"]
    if transport:
        lines.append(f"postsealTransport: {transport}")
    return "\n".join(lines) + "\n\n"


class LdapServer:
    """One slapd.  folder: is made, and is the caller's to remove."""

    def __init__(self, folder, port, tls_port):
        self.dir, self.port, self.tls_port = folder, port, tls_port
        self.process = None
        self.ldapi = "ldapi://" + (folder + "/ldapi").replace("/", "%2f")
        self.ldap = f"ldap://127.0.0.1:{port}"
        self.ldaps = f"ldaps://127.0.0.1:{tls_port}"
        os.makedirs(f"{folder}/config")
        os.mkdir(f"{folder}/data")
        os.chmod(folder, 0o755)
        # Another name than the one that a profile of AppArmor may be for.
        self.program = shutil.copy("/usr/sbin/slapd", f"{folder}/slapd")
        self.certificate("ca", "cert", "127.0.0.1")
        text = CONFIG.format(dir=folder, schema=SCHEMA, top=TOP, base=BASE,
                             admin=ADMIN, password=PASSWORD,
                             secret=SECRET)
        with open(f"{folder}/config.ldif", "w") as file:
            file.write(text)
        must("slapadd", "-F", f"{folder}/config", "-b", "cn=config", "-l",
             f"{folder}/config.ldif")
        self.load(ROOT)

    def certificate(self, ca, name, address):
        """Self-signed: its own CA.  Files CA.pem, NAME.pem and NAME.key."""
        must("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
             "/CN=directory", "-addext", f"subjectAltName=IP:{address}",
             "-keyout", f"{self.dir}/{name}.key", "-out",
             f"{self.dir}/{name}.pem")
        shutil.copy(f"{self.dir}/{name}.pem", f"{self.dir}/{ca}.pem")

    def load(self, ldif):
        """Entries, while it is not running."""
        must("slapadd", "-q", "-F", f"{self.dir}/config", "-b", BASE,
             text=ldif, timeout=120)

    def start(self):
        urls = f"{self.ldapi} {self.ldap}/ {self.ldaps}/"
        with open(f"{self.dir}/log", "a") as log:
            self.process = subprocess.Popen(
                [self.program, "-F", f"{self.dir}/config", "-h", urls, "-d",
                 "0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if not wait_for(lambda: self.ask("-s", "base").status == 0):
            with open(f"{self.dir}/log") as log:
                raise Fault("slapd does not start: " + log.read())
        return self

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.process = None

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *arguments):
        return run("ldapsearch", "-x", "-LLL", "-o", "nettimeout=2", "-H",
                   self.ldapi, "-b", BASE, *arguments)

    def add(self, ldif):
        must("ldapadd", "-x", "-H", self.ldapi, "-D", ADMIN, "-w", PASSWORD,
             text=ldif)

    def modify(self, ldif):
        must("ldapmodify", "-x", "-H", self.ldapi, "-D", ADMIN, "-w", PASSWORD,
             text=ldif)

    def change(self, uid, action, attribute, *values):
        """action: add, delete, replace."""
        lines = [f"dn: uid={uid},{PEOPLE}", "changetype: modify",
                 f"{action}: {attribute}"]
        lines += [f"{attribute}: {value}" for value in values]
        self.modify("\n".join(lines) + "\n")

    def set(self, name, *values):
        """A setting of its database, at once."""
        must("ldapmodify", "-x", "-H", self.ldapi, "-D", "cn=config", "-w",
             PASSWORD, text="\n".join(
                 ["dn: olcDatabase={1}mdb,cn=config", "changetype: modify",
                  f"replace: {name}"] +
                 [f"{name}: {value}" for value in values]) + "\n")

    def access(self, rule):
        """For everything but passwords, which are for logging in only."""
        self.set("olcAccess", SECRET, rule)
