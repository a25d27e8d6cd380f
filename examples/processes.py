"""processes.py - commands with a time limit, and processes by their number."""

import os
import subprocess
import time


class Fault(Exception):
    """What went wrong, in a sentence."""


def run(*command, text=None, timeout=60, **more):
    """The finished process, with status, out and err."""
    if text is None:
        more.setdefault("stdin", subprocess.DEVNULL)
    try:
        done = subprocess.run(
            command, input=text, text=True, errors="replace", timeout=timeout,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    except subprocess.TimeoutExpired:
        raise Fault(f"{' '.join(command)}: no end after {timeout} s") from None
    done.status, done.out, done.err = done.returncode, done.stdout, done.stderr
    return done


def must(*command, **more):
    done = run(*command, **more)
    if done.status != 0:
        raise Fault(f"{' '.join(command)}: status {done.status}: "
                    f"{done.err.strip() or done.out.strip()}")
    return done


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    return condition()


def mentions(pid, folder):
    """Is it a process of this folder, not one that has its number by now?"""
    def read(name):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                return file.read()
        except OSError:
            return b""

    if folder.encode() in read("cmdline") + read("environ"):
        return True
    try:
        return os.readlink(f"/proc/{pid}/cwd").startswith(folder)
    except OSError:
        return False


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
