#!/usr/bin/env python3
"""hosted_setup_services.py - what "postseal setup" starts, stops and restarts,
without systemd and with it.

No systemd runs here: a program in its place keeps its command lines, and starts
and stops postseald as they say.  That shows what systemd would be told, and
nothing of what it would do.
"""

import os
import shutil

from hosted import TOP, check, finish, run, show, wait_for, write
from overlaid import enter
from setup_place import (ACCOUNTS, CONF, DOMAIN, MAIN, MASTER, difference, edit,
                         prepare, quiet_hosts, read, setup, tree)

# Version 2.4 learns of new settings at its start only.
OLD = run("dovecot", "--version").out.startswith("2.3.")
SAID = "/run/said"
SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>/run/said
verb=$1
shift
[ "$1" != --now ] || now=yes
for unit; do
	case $verb:$unit in
	is-enabled:--quiet | is-active:--quiet | *:--now) ;;
	is-enabled:*) [ -e "/run/units/enabled.$unit" ] || exit 1 ;;
	is-active:*) [ -e "/run/units/active.$unit" ] || exit 1 ;;
	enable:*) touch "/run/units/enabled.$unit" ;;
	disable:*) rm -f "/run/units/enabled.$unit" "/run/units/active.$unit" ;;
	stop:*) rm -f "/run/units/active.$unit" ;;
	start:*) touch "/run/units/active.$unit" ;;
	esac || exit
	case $verb$now:$unit in
	start:postseald.service) postseald ;;
	reload-or-restart:postseald.service) postseal reload ;;
	stop:postseald.service | disableyes:postseald.service)
		[ ! -e /run/postseal/postseald.pid ] || {
			pid=$(cat /run/postseal/postseald.pid)
			kill "$pid"
			while readlink "/proc/$pid/exe"; do sleep 0.05; done
		} ;;
	esac >/run/out 2>&1 || exit
done
exit 0
"""


def said():
    """The lines since the last time, without questions."""
    lines = read(SAID).splitlines() if os.path.exists(SAID) else []
    write(SAID, "")
    return [line for line in lines if not line.startswith("is-")]


def keep(name, status=0):
    """A program that keeps its command lines."""
    write(f"/run/bin/{name}",
          f'#!/bin/sh\necho "{name} $*" >>{SAID}\nexit {status}\n', 0o755)


def stopped():
    return wait_for(lambda: not os.path.exists("/run/postseal/postseald.pid"))


def check_first():
    """Nothing of ours is there, and no domain is asked for."""
    clean = tree()
    done = setup("--yes")
    check("without users, configuration and a domain",
          done.status == 0 and "make: domain" not in done.out and
          os.path.exists(CONF), show(done))
    check("Postfix is restarted, as its user is in a group more",
          [line for line in said() if line.startswith("postfix")] ==
          ["postfix -c /etc/postfix status", "postfix -c /etc/postfix stop",
           "postfix -c /etc/postfix start", "postfix -c /etc/postfix check"])
    done = setup("--undo", "--yes")
    check("undo restarts it, too",
          "postfix -c /etc/postfix stop" in said(), show(done))
    check("undo leaves the new users alone",
          set(difference(clean)) <= set(ACCOUNTS), difference(clean))
    stopped()


def check_member():
    """A user who was in the group before stays, and nobody is restarted."""
    run("gpasswd", "-a", "postfix", "postseal-read")
    clean = tree()
    done = setup("--yes")
    lines = said()
    check("Postfix is only reloaded where its user was a member",
          "postfix -c /etc/postfix reload" in lines and
          "postfix -c /etc/postfix stop" not in lines, f"{lines} {show(done)}")
    keep("postfix", 1)
    done = setup("--undo", "--yes")
    lines = said()
    check("undo starts nobody who does not run", done.status == 0 and
          lines == ["postfix -c /etc/postfix status",
                    "doveadm -c /etc/dovecot/dovecot.conf reload"], lines)
    check("  and takes nobody out of a group", not difference(clean),
          difference(clean))
    stopped()
    keep("doveadm", 1)
    quiet = read("/run/bin/dovecot")
    write("/run/bin/dovecot", f"""\
#!/bin/sh
[ "$*" != --version ] || exec /usr/sbin/dovecot --version
echo "dovecot $*" >>{SAID}
""", 0o755)
    write("/run/bin/postfix", f"""\
#!/bin/sh
echo "postfix $*" >>{SAID}
[ "$3" != status ]
""", 0o755)
    done = setup("--yes")
    check("who does not run is started, the container's way",
          said() == ["doveadm -c /etc/dovecot/dovecot.conf " +
                     ("reload" if OLD else "stop"),
                     "dovecot -c /etc/dovecot/dovecot.conf",
                     "postfix -c /etc/postfix status",
                     "postfix -c /etc/postfix start",
                     "postfix -c /etc/postfix check"], show(done))
    setup("--undo", "--yes")
    stopped()
    write("/run/bin/dovecot", quiet, 0o755)
    keep("postfix")
    keep("doveadm")


def check_deaf():
    """A Dovecot that fails at its new configuration, and goes on with the old."""
    clean = tree()
    path = "/var/spool/postfix/private/auth"
    os.rename(path, path + ".away")
    done = setup("--yes")
    os.rename(path + ".away", path)
    check("Dovecot does not listen for Postfix: all is taken back",
          done.status == 75 and f"{path}: Dovecot does not listen" in done.err
          and not difference(clean), f"{difference(clean)} {show(done)}")
    stopped()


def check_limit():
    for now, want in (("", "5000"), ("4999", "5000"), ("6000", "6000")):
        before = read(MAIN)
        if now:
            write(MAIN, before + f"virtual_alias_expansion_limit = {now}\n")
        setup("--yes")
        value = run("postconf", "-h",
                    "virtual_alias_expansion_limit").out.strip()
        check(f"virtual_alias_expansion_limit of {now or 'the default'} "
              f"becomes {want}", value == want, value)
        setup("--undo", "--yes")
        stopped()
        write(MAIN, before)


def check_milters():
    """Whatever the milter does not answer, for all of its life."""
    run("postconf", "-e", "milter_default_action = accept",
        "milter_protocol = 2")
    setup("--yes")
    value = run("postconf", "-h", "smtpd_milters").out.strip()
    check("its own default action and protocol, whatever is set for all",
          value == "{ unix:postseal/milter.sock, default_action=tempfail, "
          "protocol=6 }", value)
    setup("--undo", "--yes")
    stopped()
    run("postconf", "-X", "milter_default_action", "milter_protocol")
    run("postconf", "-e", "myhostname = mx")
    done = setup("--dry-run")
    check("a host without a whole name is told so",
          'calls itself "mx"' in done.out, done.out)
    run("postconf", "-e", "myhostname = mx.example.org")


def check_systemd():
    os.makedirs("/run/systemd/system")
    os.mkdir("/run/units")
    write("/run/bin/systemctl", SYSTEMCTL, 0o755)
    said()
    clean = tree()
    done = setup(*DOMAIN, "--yes")
    check("systemd: what it is told",
          done.status == 0 and [line for line in said()
                                if not line.startswith("postfix")] == [
              "enable postseald.service postseald.socket",
              "stop postseald.service postseald.socket",
              "start postseald.socket", "start postseald.service",
              "reload-or-restart dovecot" if OLD else "restart dovecot",
              "reload-or-restart postfix"], show(done))
    done = setup(*DOMAIN, "--yes")
    check("  a second run tells it nothing",
          done.status == 1 and said() == [], show(done))
    edit(CONF, "# authserv_id =", """\
map {
  sockets = {"unix:/var/spool/postfix/postseal/map.sock"}
}
limits {
  rules = "/etc/postseal/rules.cf"
}
# authserv_id =""")
    write("/etc/postseal/rules.cf", "id=R; action=DUNNO\n")
    done = setup("--yes")
    check("  sockets that settings name join it at a start",
          done.status == 0 and "enabled and started: postseald-map.socket "
          "postseald-policy.socket\n" in done.out and said()[:4] == [
              "enable postseald.service postseald.socket "
              "postseald-map.socket postseald-policy.socket",
              "stop postseald.service postseald.socket "
              "postseald-map.socket postseald-policy.socket",
              "start postseald.socket postseald-map.socket "
              "postseald-policy.socket",
              "start postseald.service"], show(done))
    edit(MAIN, "virtual_transport = lmtp:unix:private/dovecot-lmtp\n", "")
    done = setup("--yes")
    check("  a later change is a reload",
          done.status == 0 and [line for line in said()
                                if not line.startswith("postfix")][1:] == [
              "reload-or-restart postseald.service",
              "reload-or-restart dovecot", "reload-or-restart postfix"],
          show(done))
    done = setup("--undo", "--yes")
    check("  undo tells only who runs, and disables what setup enabled",
          done.status == 0 and said() == [
              "try-reload-or-restart postfix",
              "try-reload-or-restart dovecot",
              "disable --now postseald.service postseald.socket "
              "postseald-map.socket postseald-policy.socket"], show(done))
    stopped()
    for path in (CONF, "/etc/postseal/rules.cf"):
        os.unlink(path)
    check("  all is as before", difference(clean) == ["/etc/postseal"],
          difference(clean))


def check_package():
    """It has enabled and started the daemon, with its own configuration."""
    shutil.copy(os.path.join(TOP, "examples/postseal.conf"), CONF)
    for unit in ("postseald.service", "postseald.socket"):
        write(f"/run/units/enabled.{unit}", "")
        write(f"/run/units/active.{unit}", "")
    run("postseald")
    said()
    done = setup("--yes")
    check("units that a package enabled are reloaded",
          "reload-or-restart postseald.service" in said(), show(done))
    done = setup("--undo", "--yes")
    check("  and left running by an undo",
          said() == ["try-reload-or-restart postfix",
                     "try-reload-or-restart dovecot"] and
          os.path.exists("/run/postseal/postseald.pid"), show(done))


enter()
prepare()
quiet_hosts()
keep("postfix")
keep("doveadm")
check_first()
check_member()
check_deaf()
check_limit()
check_milters()
check_systemd()
check_package()
finish()
