"""layers.py - holds the tree and its build to tests/layers.txt.

usage: layers.py --source DIR --build DIR [--only CHECK]
Prints "FILE:LINE: reason" for each violation; ends with 1 when there is one.
"""

import argparse
import fnmatch
import functools
import os
import re
import sys

import layers_build
from layers_source import py_functions, read_text, sh_functions, walk


class Rules:
    """layers.txt: rules[section][first word] is the list of the others."""

    def __init__(self, path):
        self.sections, section, entry = {}, None, None
        with open(path) as file:
            lines = [line.rstrip("\n") for line in file]
        for line in lines:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if line.startswith("["):
                section = self.sections.setdefault(line.strip("[]"), {})
            elif line[0].isspace():
                entry += words
            else:
                entry = section.setdefault(words[0], words[1:])

    def __getitem__(self, section):
        return self.sections[section]

    def limit(self, name):
        return int(self["limits"][name][0])

    def of_folder(self, section, path):
        """The key of the line for the folder of this file, or None."""
        folder = os.path.dirname(path)
        while folder and folder not in self[section]:
            folder = os.path.dirname(folder)
        return folder or None


def allowed(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


class Tree:
    def __init__(self, source, build, rules):
        self.source, self.rules = source, rules
        self.contents = dict(walk(source))
        self.texts = {path: read_text(content)
                      for path, content in self.contents.items()
                      if path.endswith((".c", ".h"))}
        self.build = layers_build.Build(build, source)
        self.inside = functools.cache(self._inside)

    def _inside(self, path):
        """From the top of the tree, links followed; None: others' file."""
        path = os.path.realpath(path)
        build = (self.build.folder, os.path.join(self.source, "build"))
        if path.startswith(tuple(folder + os.sep for folder in build)):
            return None
        path = os.path.relpath(path, self.source)
        return None if path.startswith("..") else path

    def resolve(self, includer, name, quoted):
        """Every file of the tree that this include may mean."""
        beside = os.path.join(self.source, os.path.dirname(includer))
        own = self.build.include_paths(includer)
        last = [self.source, os.path.join(self.source, "lib")]
        found = set()
        for path in own or [()]:
            for folder in [beside] * quoted + [*path] + last:
                file = os.path.join(folder, name)
                if os.path.isfile(file):
                    found.add(self.inside(file))
                    break
        return found - {None}


def check_includes(tree):
    for path, text in tree.texts.items():
        for number, name, quoted, written in text.includes:
            where = f"{path}:{number}"
            if name is None:
                yield f"{where}: {written}: must name its file itself"
            elif os.path.isabs(name) or ".." in name.split("/"):
                yield f"{where}: {written}: neither .. nor / at the front"
            else:
                reason = _include(tree, path, name, quoted)
                if reason:
                    yield f"{where}: {written}: {reason}"
        for number, what in text.odd:
            yield f"{path}:{number}: {what}"
        if tree.rules.of_folder("folders", path) is None:
            yield f"{path}: its folder has no line in layers.txt"
    yield from tree.build.forced_includes()


def _include(tree, path, name, quoted):
    """Why this include is refused, or None."""
    rules = tree.rules
    folder = rules.of_folder("folders", path)
    targets = tree.resolve(path, name, quoted)
    for target in sorted(targets):
        if not target.endswith(".h"):
            return f"{target} is no header"
        home = re.sub("^lib/", "", os.path.dirname(target)) + "/"
        may = rules["folders"].get(folder, ["all"])
        if may != ["all"] and not any(home.startswith(x + "/") for x in may):
            return f"{folder} may not include {target}"
    restricted = rules.of_folder("headers", path)
    if not targets and restricted:
        if name not in rules["headers"][restricted]:
            return f"{restricted} may not include <{name}>"
    return None


def _functions(tree, path, content):
    if path in tree.texts:
        return tree.texts[path].functions
    read = py_functions if path.endswith(".py") else sh_functions
    return read(content)


def check_sizes(tree):
    rules = tree.rules
    longest = rules.limit("function")
    for path, content in tree.contents.items():
        lines = content.count("\n") + (not content.endswith("\n"))
        most = rules.limit("header" if path.endswith(".h") else "file")
        if lines > most:
            yield f"{path}: {lines} lines, more than {most}"
        for number, name, lines in _functions(tree, path, content):
            if lines > longest:
                yield (f"{path}:{number}: {name} has {lines} lines, more "
                       f"than {longest}")


def check_banned(tree):
    banned = set(tree.rules["banned"]["names"])
    for path, text in tree.texts.items():
        for number, name in text.names:
            if name in banned:
                yield f"{path}:{number}: {name} is banned"


CHECKS = {
    "includes": check_includes,
    "sizes": check_sizes,
    "banned": check_banned,
    "symbols": lambda tree: layers_build.check_symbols(tree, allowed),
    "libraries": lambda tree: layers_build.check_libraries(tree, allowed),
    "headers": layers_build.check_headers,
}


def problems(source, build, only=None):
    source = os.path.realpath(source)
    rules = Rules(os.path.join(source, "tests/layers.txt"))
    tree = Tree(source, os.path.realpath(build), rules)
    return [problem for name, check in CHECKS.items()
            if only in (None, name) for problem in check(tree)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", choices=CHECKS)
    options = parser.parse_args()
    found = problems(options.source, options.build, options.only)
    for problem in found:
        print(problem)
    print(f"{len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
