#!/usr/bin/python3
"""hosted_quickstart.py - examples/quickstart.sh as a user calls it, with --once,
and what is left when it is over.  It installs and builds nothing here: the
packages are there, and the build is this one."""

import os
import shutil
import tempfile

from hosted import BUILD, TOP, check, finish, run, show, write

STUBS = {
    "packaging/install-dependencies.sh": "#!/bin/sh\nexit 0\n",
    # Configuring and building is done; installing is not.
    "bin/cmake": '#!/bin/sh\n[ "$1" = --install ] || exit 0\n'
                 f'exec {shutil.which("cmake")} "$@"\n',
}

top = tempfile.mkdtemp(prefix="postseal-test-", dir="/run")
os.chmod(top, 0o755)
for name in ("bin", "build", "packaging"):
    os.mkdir(os.path.join(top, name))
os.symlink(os.path.join(TOP, "examples"), os.path.join(top, "examples"))
os.symlink(BUILD, os.path.join(top, "build/release"))
for name, text in STUBS.items():
    write(os.path.join(top, name), text, 0o755)


def places():
    return {name for name in os.listdir("/run") if name.startswith("postseal")}


before = places()
done = run("sh", "-c", "examples/quickstart.sh --once >out 2>&1", cwd=top,
           timeout=240,
           env={**os.environ, "PATH": f"{top}/bin:{os.environ['PATH']}"})
with open(os.path.join(top, "out"), errors="replace") as file:
    said = file.read()
check("quickstart.sh --once", done.status == 0, f"{show(done)} {said[-2000:]}")
check("  says that /etc is as it was", "/etc is as it was" in said, said[-500:])
check("  leaves nothing under /run", places() == before,
      places() - before)
done = run(os.path.join(top, "examples/quickstart.sh"), "--wrong", cwd=top)
check("quickstart.sh says how it is used", done.status == 2 and
      "usage: examples/quickstart.sh" in done.err, show(done))
shutil.rmtree(top, True)
finish()
