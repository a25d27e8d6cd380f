"""test_layers.py - plants a violation of each kind in a copy of the tree and
its build, and demands that layers.py names the file and the reason, once.

usage: test_layers.py --source DIR --build DIR
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

from layers import problems
from layers_build import Build
from layers_planted import BYTES, CLOCK, OBJECTS, TEXTS, UP, VARIABLES
from layers_source import walk


class Copy:
    """The tree and what layers.py reads of its build, in a folder of ours."""

    def __init__(self, source, build, folder):
        self.source = os.path.join(folder, "source")
        self.build = os.path.join(folder, "build")
        self.saved = {}
        for path in [*dict(walk(source)), "tests/layers.txt"]:
            self._take(os.path.join(source, path), self.source, path)
        self._take(os.path.join(build, "CMakeCache.txt"), self.build,
                   "CMakeCache.txt")
        origin = Build(build, source)
        for name in ("lib/libpostseal.so", "postfix-maps/postfix-postseal.so",
                     "dovecot-plugins/libauthdb_postseal.so",
                     "dovecot-plugins/libpostseal_settings.so"):
            if os.path.exists(os.path.join(build, name)):
                self._take(os.path.join(build, name), self.build, name)
        for file in sum(origin.objects("lib/core").values(), []):
            self._take(file, self.build, os.path.relpath(file, build))
        with open(os.path.join(build, "compile_commands.json")) as file:
            commands = file.read()
        # A build inside of the source keeps its headers of the hosts.
        commands = commands.replace(build, self.build)
        for kept in ("lib", "milter", "cli", "tests", "postfix-maps",
                     "dovecot-plugins"):
            commands = commands.replace(f"{source}/{kept}",
                                        f"{self.source}/{kept}")
        commands = commands.replace(f"-I{source} ", f"-I{self.source} ")
        self.put(self.build, "compile_commands.json", commands)
        for command in Build(self.build, self.source).commands:
            os.makedirs(command.folder, exist_ok=True)

    @staticmethod
    def _take(file, folder, path):
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(file, target)

    def put(self, folder, path, content, add=False):
        """Writes or adds, until restore()."""
        file = os.path.join(folder, path)
        self.save(file)
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "a" if add else "w") as stream:
            stream.write(content)

    def save(self, file):
        if file not in self.saved:
            self.saved[file] = None
            if os.path.exists(file):
                with open(file, "rb") as stream:
                    self.saved[file] = stream.read()

    def restore(self):
        for file, content in self.saved.items():
            if os.path.lexists(file):
                os.unlink(file)
            if content is not None:
                with open(file, "wb") as stream:
                    stream.write(content)
        self.saved = {}

    def compile(self, path):
        command = next(x for x in Build(self.build, self.source).commands
                       if x.path == path)
        self.save(command.object)
        subprocess.run(command.words, cwd=command.folder, check=True)
        return command

    def edit_commands(self, path, words):
        """Compiles this source with these words, too."""
        name = "compile_commands.json"
        with open(os.path.join(self.build, name)) as file:
            commands = json.load(file)
        for entry in commands:
            if entry["file"] == os.path.join(self.source, path):
                entry["command"] += f" {words}"
        self.put(self.build, name, json.dumps(commands))

    def check(self, only):
        """The violations found, without the program around."""
        return problems(self.source, self.build, only)

    def run(self):
        """The violations that the program prints."""
        script = os.path.join(self.source, "tests/layers.py")
        done = subprocess.run(
            [sys.executable, "-B", script, "--source", self.source,
             "--build", self.build],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=240,
        )
        lines = done.stdout.splitlines()
        if done.returncode != (1 if len(lines) > 1 else 0):
            return [f"status {done.returncode}: {done.stdout}"]
        return lines[:-1]


class Report:
    def __init__(self):
        self.failed = 0
        self.before = set()

    def expect(self, name, found, path, reason):
        """One line, that names both, and was not there before; without a
        reason, none."""
        found = [line for line in found if line not in self.before]
        good = not found
        if reason is not None:
            good = (len(found) == 1 and reason in found[0]
                    and found[0].startswith(f"{path}:"))
        if good:
            print(f"ok {name}")
            return
        self.failed += 1
        print(f"FAIL {name}: expected {path}: {reason}, found {found}")


def plant_texts(copy, report):
    for name, check, path, content, reason in TEXTS:
        copy.put(copy.source, path, content, add=True)
        report.expect(f"{check}: {name}", copy.check(check), path, reason)
        copy.restore()


def plant_paths(copy, report):
    """What only the include path, or a link, makes upward."""
    copy.put(copy.source, BYTES, '#include "session.h"\n', add=True)
    copy.edit_commands(BYTES, f"-I{copy.source}/milter")
    report.expect("includes: by the include path", copy.check("includes"),
                  BYTES, "lib/core/text may not include milter/session.h")
    copy.restore()
    header = "lib/core/text/ip.h"
    copy.put(copy.source, header, "#include <session.h>\n", add=True)
    copy.edit_commands("lib/core/auth/spf.c", f"-isystem {copy.source}/milter")
    report.expect("includes: by another's path", copy.check("includes"),
                  header, "lib/core/text may not include milter/session.h")
    copy.restore()
    copy.edit_commands(BYTES, f"-include {copy.source}/lib/io/clock.h")
    report.expect("includes: forced", copy.check("includes"), BYTES,
                  "compiled with -include")
    copy.restore()
    copy.put(copy.source, BYTES, '#include "planted.h"\n', add=True)
    link = os.path.join(copy.source, "lib/core/text/planted.h")
    copy.save(link)
    os.symlink(os.path.join(copy.source, "lib/io/clock.h"), link)
    report.expect("includes: a link", copy.check("includes"), BYTES, UP)
    copy.restore()


def plant_objects(copy, report):
    sanitized = Build(copy.build, copy.source).sanitized
    # A sanitizer's own variables would hide these.
    for name, content, reason in OBJECTS + ([] if sanitized else VARIABLES):
        copy.put(copy.source, BYTES, content, add=True)
        copy.compile(BYTES)
        report.expect(f"symbols: {name}", copy.check("symbols"), BYTES,
                      reason)
        copy.restore()
    copy.put(copy.source, "lib/core/text/planted.c", "\n")
    report.expect("symbols: not built", copy.check("symbols"),
                  "lib/core/text/planted.c", "not built")
    copy.restore()


def link(copy, name, content, *words):
    """A library in place of the real one."""
    file = os.path.join(copy.build, name)
    copy.save(file)
    compiler = Build(copy.build, copy.source).commands[0].words[0]
    subprocess.run([compiler, "-shared", "-fPIC", "-o", file, "-xc", "-",
                    "-xnone", *words], input=content, text=True, check=True)


def plant_libraries(copy, report):
    link(copy, "libplanted.so", "", "-Wl,-soname,libplanted.so.1")
    more = os.path.join(copy.build, "libplanted.so")
    rows = [("lib/libpostseal.so", "ps_planted"),
            ("postfix-maps/postfix-postseal.so", "dict_postseal_open"),
            ("dovecot-plugins/libauthdb_postseal.so", "authdb_postseal_init")]
    for name, own in rows:
        if not os.path.exists(os.path.join(copy.build, name)):
            continue
        link(copy, name, f"int {own}, base64_encode;")
        report.expect(f"exports: {name}", copy.check("libraries"), name,
                      "may not export base64_encode")
        link(copy, name, f"int {own};", "-Wl,--no-as-needed", more)
        report.expect(f"needed: {name}", copy.check("libraries"), name,
                      "may not need libplanted.so.1")
        os.unlink(os.path.join(copy.build, name))
        report.expect(f"missing: {name}", copy.check("libraries"), name,
                      "not built")
        link(copy, name, f"int {own};")
        report.expect(f"stand-in: {name}", copy.check("libraries"), name,
                      None)
    name = "dovecot-plugins/lib90_planted.so"
    os.makedirs(os.path.join(copy.build, "dovecot-plugins"), exist_ok=True)
    link(copy, name, "")
    report.expect("a library unheard of", copy.check("libraries"), name,
                  "has no line in layers.txt")
    copy.restore()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="postseal-layers-") as folder:
        copy = Copy(os.path.realpath(options.source),
                    os.path.realpath(options.build), folder)
        copy.saved = {}
        before = copy.run()
        report.expect("the tree itself", before, "", None)
        report.before = set(before)
        copy.put(copy.source, BYTES, f"#include {CLOCK}\n", add=True)
        report.expect("the program", copy.run(), BYTES, UP)
        copy.restore()
        for plant in (plant_texts, plant_paths, plant_objects,
                      plant_libraries):
            plant(copy, report)
        report.expect("the tree again", copy.run(), "", None)
    print(f"{report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
