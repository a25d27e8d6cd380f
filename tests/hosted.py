"""hosted.py - what the hosted tests share: a fresh folder under /run with the
project installed in it, commands with a time limit, and lines "ok"/"FAIL".

usage of each test: tests/hosted_X.py [BUILD]   (as root; default
$POSTSEAL_BUILD, which tests/run.sh sets, or build/dev)
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(
    sys.argv[1] if len(sys.argv) > 1 else
    os.environ.get("POSTSEAL_BUILD") or os.path.join(TOP, "build/dev")
)

_failed = 0


def check(name, good, detail=""):
    global _failed
    if good:
        print(f"ok {name}")
    else:
        _failed += 1
        print(f"FAIL {name}: {detail}")
    sys.stdout.flush()
    return good


def finish():
    print(f"{_failed} failed")
    sys.exit(1 if _failed else 0)


def run(*command, text=None, timeout=30, **more):
    """The finished process, with status, out and err."""
    if text is None:
        more.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(
        command, input=text, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, **more,
    )
    done.status, done.out, done.err = done.returncode, done.stdout, done.stderr
    return done


def show(done):
    return f"status {done.status}, out {done.out!r}, err {done.err!r}"


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Place:
    """A fresh folder that any uid may traverse, gone at exit."""

    def __init__(self):
        if os.geteuid() != 0:
            sys.exit("must be run as root")
        self.dir = tempfile.mkdtemp(prefix="postseal-test-", dir="/run")
        os.chmod(self.dir, 0o755)
        atexit.register(shutil.rmtree, self.dir, True)
        self.prefix = self.path("prefix")
        done = run("cmake", "--install", BUILD, "--prefix", self.prefix,
                   timeout=120)
        if done.status != 0:
            sys.exit(f"cmake --install {BUILD}: {done.err}")
        self.command = self.path("prefix/bin/postseal")
        self.config = self.configure("postseal.conf")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def configure(self, name, more=""):
        return write(self.path(name), f"""\
authserv_id = "mx.hosted.example"
directory {{
  database = "{self.dir}/directory/directory.db"
  credentials = "{self.dir}/auth/credentials.db"
  read_group = "postfix"
  auth_group = "dovecot"
}}
mail {{
  home = "{self.dir}/mail/%d/%n"
  user = "mail"
  group = "mail"
}}
keys {{
  folder = "{self.dir}/keys"
  group = "postfix"
}}
{more}""")

    def postseal(self, *arguments, text=None):
        return run(self.command, "-c", self.config, *arguments, text=text)

    def must(self, *arguments, text=None):
        done = self.postseal(*arguments, text=text)
        if done.status != 0:
            sys.exit(f"postseal {' '.join(arguments)}: {show(done)}")
        return done

    def bad_configs(self):
        """Files that are no configuration, by name."""
        folder = self.path("bad.folder")
        os.mkdir(folder)
        huge = write(self.path("bad.huge"), "")
        os.truncate(huge, 100 * 1024 * 1024)
        return {
            "a folder": folder,
            "100 MB": huge,
            "missing": self.path("bad.missing"),
            "an unknown setting":
                write(self.path("bad.unknown"), 'colour = "red"\n'),
            "unreadable": write(self.path("bad.unreadable"), "", 0),
        }


def exported(library):
    """What a shared object defines for others."""
    lines = run("nm", "-D", "--defined-only", library).out.split("\n")
    return sorted(line.split()[-1].split("@")[0] for line in lines if line)


def needed(library):
    lines = run("readelf", "-d", library).out.split("\n")
    return sorted(line.split("[")[1].rstrip("]") for line in lines
                  if "(NEEDED)" in line)
