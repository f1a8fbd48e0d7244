#!/bin/sh
# Typer 0.29.2: --show-completion ignores the name of a shell. `--show-completion fish` prints the script of the
# current shell (seen: bash's `complete -o default`). An app without these two options (add_completion=False) also
# loses their protocol: the environment variable that requests a script or completions gets "not supported".
# Expected: the word chooses the shell, and add_completion only hides the options.
# Exits 0 while Typer behaves like this, 1 when the behaviour has changed.
set -eu
command -v bash >/dev/null || { echo "this needs bash" >&2; exit 2; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile typer==0.29.2
cat > "$here/hello.py" <<'PYTHON'
import sys

import typer

app = typer.Typer(add_completion="--bare" not in sys.argv[1:2])
arguments = sys.argv[2:] if "--bare" in sys.argv[1:2] else sys.argv[1:]


@app.command()
def hello() -> None:
    print("hello")


app(arguments, prog_name="hello")
PYTHON
cat > "$here/from_bash.sh" <<'BASH'
"$1" "$2" --show-completion fish
:
BASH
asked=$(bash "$here/from_bash.sh" "$here/venv/bin/python" "$here/hello.py")
with=$(_HELLO_COMPLETE=source_fish "$here/venv/bin/python" "$here/hello.py" 2>&1) || true
without=$(_HELLO_COMPLETE=source_fish "$here/venv/bin/python" "$here/hello.py" --bare 2>&1) || true
"$here/venv/bin/python" -c 'from importlib.metadata import version; print("typer", version("typer"))'
echo "--show-completion fish, from bash: $(echo "$asked" | tail -1)"
echo "_HELLO_COMPLETE=source_fish: $(echo "$with" | cut -c 1-40)"
echo "the same with add_completion=False: $without"
case $asked in *"complete -o default"*) ;; *) exit 1 ;; esac
case $with in *"complete --command hello"*) ;; *) exit 1 ;; esac
[ "$without" = "Shell fish not supported." ]
