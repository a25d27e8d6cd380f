"""docs.py - the documentation against the table of settings and the programs.

usage: docs.py --source DIR --build DIR
Prints "FILE: reason" for each fault; ends with 1 when there is one.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

EXAMPLE = "examples/postseal.conf"
# An example of them must do, as they have no default.
NO_DEFAULT = {"authserv_id", "dns.trust_anchor_file"}

faults = 0


def fault(name, reason):
    global faults
    faults += 1
    print(f"{name}: {reason}")


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)


class Setting:
    def __init__(self, line):
        name, kind, preset, least, most, words = line.split("\t")
        self.name, self.kind = name, kind
        self.preset = None if preset == "-" else preset
        self.least, self.most = least, most
        self.words = [] if words == "-" else words.split()

    def written(self):
        """The default as it stands in a configuration."""
        if self.preset is None:
            return None
        if self.kind == "number":
            return self.preset
        if self.kind in ("list", "networks"):
            quoted = [f'"{value}"' for value in self.preset.split()]
            return "{" + ", ".join(quoted) + "}"
        return f'"{self.preset}"'


def compare_names(name, found, settings):
    for setting in settings:
        if setting not in found:
            fault(name, f"says nothing of {setting}")
    for setting in found:
        if setting not in settings:
            fault(name, f"{setting} is no setting")
    for setting in set(found):
        if found.count(setting) > 1:
            fault(name, f"{setting} is there more than once")


def uncommented(text):
    return re.sub(r"(?m)^( *)#([a-z_]+ = )", r"\1\2", text)


def values_of(text):
    """[(section.name, value)] of a configuration without lists over lines."""
    values, section = [], ""
    for line in text.split("\n"):
        line = line.strip()
        if line == "}":
            section = ""
        elif re.fullmatch(r"[a-z_]+ \{", line):
            section = line[:-1].strip() + "."
        elif re.match(r"[a-z_]+ = ", line):
            name, value = line.split(" = ", 1)
            values.append((section + name, value))
    return values


def check_accepted(what, path, postseald):
    done = run(postseald, "--check", "-c", path)
    if done.returncode != 0:
        fault(EXAMPLE, f"{what}: {done.stderr.strip()}")


def check_example(source, settings, postseald):
    path = os.path.join(source, EXAMPLE)
    with open(path) as file:
        text = file.read()
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > 80:
            fault(f"{EXAMPLE}:{number}", "is longer than 80 columns")
    check_accepted("as it is", path, postseald)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(uncommented(text))
        file.flush()
        check_accepted("each setting in force", file.name, postseald)
    values = values_of(uncommented(text))
    compare_names(EXAMPLE, [name for name, _ in values], settings)
    for name, value in values:
        if name in settings and name not in NO_DEFAULT and \
                value != settings[name].written():
            fault(EXAMPLE, f"{name} = {value}, but its default is "
                           f"{settings[name].written()}")
    if values_of(text):
        fault(EXAMPLE, "sets something as it is")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    options = parser.parse_args()
    lines = run(os.path.join(options.build, "tests/list_settings")).stdout
    settings = {setting.name: setting
                for setting in map(Setting, lines.splitlines())}
    if len(settings) < 20:
        sys.exit("list_settings: lists hardly any setting")
    for name, setting in settings.items():
        if (setting.preset is None) != (name in NO_DEFAULT):
            fault("tests/docs.py", f"NO_DEFAULT and {name} differ")
    check_example(options.source, settings,
                  os.path.join(options.build, "milter/postseald"))
    return 1 if faults else 0


sys.exit(main())
