#!/usr/bin/env python3
"""Records what bash prints for each script of cases.in into recorded.txt.

Run it from this folder with GNU bash 5.2; the tests need only its result.
"""
import pathlib, subprocess, tempfile, os

here = pathlib.Path(__file__).parent
cases = (here / "cases.in").read_text().split("\n---\n")
out = []
for case in cases:
    case = case.rstrip("\n")
    home = "/home/lab"
    subprocess.run(["rm", "-rf", home]); os.makedirs(home)
    ran = subprocess.run(["bash", "-c", case], cwd=home, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                         env={"HOME": home, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    indent = lambda text: "".join("  | " + line + "\n" for line in text.split("\n"))
    out.append(f"{case}\n=== exit {ran.returncode}\n=== stdout\n{indent(ran.stdout)}=== stderr\n{indent(ran.stderr)}")
(here / "recorded.txt").write_text("------\n".join(out))
