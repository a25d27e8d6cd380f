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
from layers_source import walk

BYTES = "lib/core/text/bytes.c"
CLOCK = '"io/clock.h"'
UP = "lib/core/text may not include lib/io/clock.h"
MUST = "must name its file itself"


def function(lines):
    return ("int ps_planted(void);\nint ps_planted(void)\n{\n"
            + "\t;\n" * (lines - 4) + "\treturn 0;\n}\n")


def py_function(lines):
    return "def planted():\n" + "    pass\n" * (lines - 1)


def sh_function(lines):
    return "planted()\n{\n" + "\t:\n" * (lines - 3) + "}\n"


# name, check, file, what is added to it (a new file: all of it), the reason;
# None where there is nothing to complain about
TEXTS = [
    ("text to auth", "includes", BYTES, '#include "core/auth/spf.h"\n',
     "lib/core/text may not include lib/core/auth/spf.h"),
    ("auth to directory", "includes", "lib/core/auth/spf.c",
     '#include "directory/log.h"\n',
     "lib/core/auth may not include lib/directory/log.h"),
    ("directory to io", "includes", "lib/directory/log.c",
     f"#include {CLOCK}\n", "lib/directory may not include lib/io/clock.h"),
    ("io to milter", "includes", "lib/io/clock.h",
     '#include "milter/session.h"\n',
     "lib/io may not include milter/session.h"),
    ("milter to cli", "includes", "milter/session.c",
     '#include "cli/command.h"\n', "milter may not include cli/command.h"),
    ("cli to milter", "includes", "cli/main.c",
     '#include "milter/session.h"\n', "cli may not include milter/session.h"),
    ("table plugin to io", "includes", "postfix-maps/dict_postseal.c",
     f"#include {CLOCK}\n", "postfix-maps may not include lib/io/clock.h"),
    ("driver to io", "includes", "dovecot-plugins/authdb_postseal.c",
     f"#include {CLOCK}\n", "dovecot-plugins may not include lib/io/clock.h"),
    ("driver for another version", "includes", "dovecot-plugins/compat_24.c",
     f"#include {CLOCK}\n", "dovecot-plugins may not include lib/io/clock.h"),
    ("io to tests", "includes", "lib/io/clock.c",
     '#include "tests/table.h"\n', "lib/io may not include tests/table.h"),
    ("upward in angles", "includes", BYTES, "#include <io/clock.h>\n", UP),
    ("upward in a header", "includes", "lib/core/text/ip.h",
     f"#include {CLOCK}\n", UP),
    ("upward, compiled never", "includes", BYTES,
     f"#if 0\n#include {CLOCK}\n#endif\n", UP),
    ("dots", "includes", "lib/io/clock.c", '#include "../io/clock.h"\n',
     "neither .. nor / at the front"),
    ("absolute", "includes", "lib/io/clock.c",
     '#include "/usr/include/unistd.h"\n', "neither .. nor / at the front"),
    ("foreign header", "includes", BYTES, "#include <unistd.h>\n",
     "lib/core may not include <unistd.h>"),
    ("foreign header in quotes", "includes", BYTES, '#include "unistd.h"\n',
     "lib/core may not include <unistd.h>"),
    ("locale's header", "includes", "lib/core/auth/spf.c",
     "#include <ctype.h>\n", "lib/core may not include <ctype.h>"),
    ("hidden in a macro", "includes", BYTES,
     f"#define WHERE {CLOCK}\n#include WHERE\n", MUST),
    ("hidden in a call", "includes", BYTES,
     "#define WHERE(x) <io/x.h>\n#include WHERE(clock)\n", MUST),
    ("hidden in a splice", "includes", BYTES,
     f"#inc\\\nlude {CLOCK}\n", UP),
    ("hidden behind comments", "includes", BYTES,
     f"/* a */ # /* b\n*/ include {CLOCK}\n", UP),
    ("hidden after a character", "includes", BYTES,
     f"int ps_a = '\"';\n#include {CLOCK}\nint ps_b = '\"';\n", UP),
    ("hidden in include_next", "includes", BYTES,
     "#include_next <io/clock.h>\n", MUST),
    ("hidden in a digraph", "includes", BYTES,
     f"%:include {CLOCK}\n", "unusual spelling %:"),
    ("hidden in a trigraph", "includes", BYTES,
     f"??=include {CLOCK}\n", "trigraph ??="),
    ("hidden in a raw string", "includes", "dovecot-plugins/compat_24.c",
     'const char *x = R"(/*)";\n', "unusual spelling R"),
    ("a source", "includes", "lib/io/clock.c", '#include "keylist.c"\n',
     "lib/io/keylist.c is no header"),
    ("a folder unheard of", "includes", "lib/core/misc/planted.h", "\n",
     "its folder has no line in layers.txt"),
    ("downward", "includes", "lib/core/auth/spf.c",
     '#include "core/text/ip.h"\n', None),
    ("foreign header outside of the core", "includes", "lib/io/clock.c",
     "#include <unistd.h>\n", None),
    ("in a comment and a string", "includes", BYTES,
     f'/*\n#include {CLOCK}\n*/\nchar *x = "\\\n#include <io/clock.h>";\n',
     None),

    ("function of 81", "sizes", BYTES, function(81),
     "ps_planted has 81 lines, more than 80"),
    ("function of 81 in branches", "sizes", BYTES,
     "#if 1\nint f(int a) {\n#else\nint f(void) {\n#endif\nreturn 0; }\n"
     + function(81), "ps_planted has 81 lines, more than 80"),
    ("function of 81 with an attribute", "sizes", BYTES,
     "__attribute__((aligned(sizeof(int) == 4 ? 4 : 8)))\n" + function(81)
     .split("\n", 1)[1], "has 82 lines, more than 80"),
    ("function of 80", "sizes", BYTES, function(80), None),
    ("table of 100", "sizes", BYTES,
     "static const int t[] = {" + "\n1," * 100 + "\n};\n", None),
    ("function of 81, Python", "sizes", "tests/planted.py", py_function(81),
     "planted has 81 lines, more than 80"),
    ("function of 80, Python", "sizes", "tests/planted.py", py_function(80),
     None),
    ("function of 81, shell", "sizes", "tests/planted.sh", sh_function(81),
     "planted has 81 lines, more than 80"),
    ("function of 80, shell", "sizes", "tests/planted.sh", sh_function(80),
     None),
    ("file of 601", "sizes", "milter/planted.c", "\n" * 601,
     "601 lines, more than 600"),
    ("file of 601, Python", "sizes", "tests/planted.py", "#\n" * 601,
     "601 lines, more than 600"),
    ("file of 601, shell", "sizes", "packaging/planted.sh", "#\n" * 600 + "#",
     "601 lines, more than 600"),
    ("file of 600", "sizes", "milter/planted.c", "\n" * 600, None),
    ("header of 91", "sizes", "milter/planted.h", "\n" * 91,
     "91 lines, more than 90"),
    ("header of 90", "sizes", "milter/planted.h", "\n" * 90, None),

    ("banned", "banned", BYTES, "void f(char *a) { strcpy(a, a); }\n",
     "strcpy is banned"),
    ("banned in a header", "banned", "tests/table.h",
     "static inline int f(char *a) { return atoi(a); }\n", "atoi is banned"),
    ("banned by another name", "banned", "cli/main.c",
     "#define copy \\\n\tsprintf\n", "sprintf is banned"),
    ("banned in two lines", "banned", "milter/main.c",
     "struct tm *f(time_t *t) { return gmtime\n(t); }\n", "gmtime is banned"),
    ("locale's function", "banned", "lib/io/clock.c",
     "int f(int c) { return isalpha(c); }\n", "isalpha is banned"),
    ("named only", "banned", BYTES,
     "/* strcpy() */ // strcat()\nchar *x = \"atoi()\";\nint my_strtok;\n",
     None),

    ("header alone: a type", "headers", "lib/core/text/planted.h",
     "size_t ps_planted(void);\n", "unknown type name ‘size_t’"),
    ("header alone: a struct", "headers", "milter/planted.h",
     "int ps_planted(struct ps_planted *it);\n", "declared inside parameter"),
    ("header alone: another header", "headers", "lib/io/planted.h",
     "struct ps_planted {\n\tstruct ps_net net;\n};\n", "incomplete type"),
    ("header alone: complete", "headers", "lib/io/planted.h",
     '#include "core/text/ip.h"\nstruct ps_planted {\n'
     "\tstruct ps_net net;\n};\n", None),
]

# name, what is added to BYTES, the reason
OBJECTS = [
    ("imports getenv", "#include <stdlib.h>\nint ps_planted(void);\n"
     'int ps_planted(void)\n{\n\treturn getenv("A") != NULL;\n}\n',
     "lib/core may not import getenv"),
    ("imports time", "#include <time.h>\nint ps_planted(void);\n"
     "int ps_planted(void)\n{\n\treturn time(NULL) == 0;\n}\n",
     "lib/core may not import time"),
    ("imports of the directory", "int ps_log_planted(void);\n"
     "int ps_planted(void);\n"
     "int ps_planted(void)\n{\n\treturn ps_log_planted();\n}\n",
     "lib/core may not import ps_log_planted"),
    ("imports data", "extern char **environ;\nchar **ps_planted(void);\n"
     "char **ps_planted(void)\n{\n\treturn environ;\n}\n",
     "lib/core may not import environ"),
    ("shows a name", "int planted(void);\nint planted(void)\n"
     "{\n\treturn 0;\n}\n", "may not show the name planted"),
    ("imports of its own", "int ps_planted(void);\n#include <string.h>\n"
     'int ps_planted(void)\n{\n\treturn strcmp("a", "b");\n}\n', None),
]
VARIABLES = [
    ("counts in a variable", "int ps_planted(void);\nint ps_planted(void)\n"
     "{\n\tstatic int planted;\n\treturn planted++;\n}\n",
     "can be written (.bss"),
    ("keeps a variable", "extern int ps_planted;\nint ps_planted = 4;\n",
     "ps_planted can be written (.data"),
    ("keeps a constant table", "extern const char *const ps_planted[2];\n"
     'const char *const ps_planted[2] = { "a", "b" };\n', None),
]


class Copy:
    """The tree and what layers.py reads of its build, in a folder of ours."""

    def __init__(self, source, build, folder):
        self.source = os.path.join(folder, "source")
        self.build = os.path.join(folder, "build")
        self.saved = {}
        for path in [*walk(source), "tests/layers.txt"]:
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
            timeout=60,
        )
        lines = done.stdout.splitlines()
        if done.returncode != (1 if len(lines) > 1 else 0):
            return [f"status {done.returncode}: {done.stdout}"]
        return lines[:-1]


class Report:
    def __init__(self):
        self.failed = 0

    def expect(self, name, found, path, reason):
        """One line, that names both; without a reason, none."""
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
        report.expect("the tree itself", copy.run(), "", None)
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
