#!/bin/sh
# Typer 0.29.2: zsh cannot load the printed completion from its fpath. The script begins with an empty line, but
# compinit reads `#compdef` from the first line only. Without the empty line, the first TAB still completes nothing:
# the file only defines its function.
# Expected: the script works in the folder that it is made for.
# Seen: "compinit registers for hello: as printed: nothing; without the empty line: _hello", "first TAB: not asked".
# Needs zsh. Exits 0 while Typer behaves like this, 1 when the behaviour has changed.
set -eu
command -v zsh >/dev/null || { echo "this needs zsh" >&2; exit 2; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile typer==0.29.2
cat > "$here/hello.py" <<'PYTHON'
import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    print(name)


app(prog_name="hello")
PYTHON
mkdir "$here/fpath"
_HELLO_COMPLETE=source_zsh "$here/venv/bin/python" "$here/hello.py" > "$here/fpath/_hello"
registered() {
  zsh -f -c 'fpath=("$1" $fpath); autoload -U compinit; compinit -u -D; print -r -- "${_comps[hello]:-nothing}"' - "$here/fpath"
}
# This hello replaces the program that the completion calls: it records the call.
mkdir "$here/bin"
printf '#!/bin/sh\ntouch "%s/asked"\n' "$here" > "$here/bin/hello"
chmod +x "$here/bin/hello"
# A TAB calls FUNCTION of the file _hello. compdef is part of compinit, which is not needed here.
pressed() {
  rm -f "$here/asked"
  PATH="$here/bin:$PATH" zsh -f -c 'fpath=("$1" $fpath); autoload -U _hello; compdef() { : }; words=(hello ""); CURRENT=2; eval "$2"' \
    - "$here/fpath" "$1"
  if [ -e "$here/asked" ]; then echo asked; else echo "not asked"; fi
}
as_printed=$(registered)
sed '/./,$!d' "$here/fpath/_hello" > "$here/without"
mv "$here/without" "$here/fpath/_hello"
without_line=$(registered)
first=$(pressed _hello)
second=$(pressed '_hello; _hello_completion')
"$here/venv/bin/python" -c 'from importlib.metadata import version; print("typer", version("typer"))'
zsh --version
echo "compinit registers for hello: as printed: $as_printed; without the empty line: $without_line"
echo "without the empty line, the program is at the first TAB: $first; at the next: $second"
[ "$as_printed" = nothing ] || exit 1
[ "$without_line" = _hello ] || exit 1
[ "$first" = "not asked" ] || exit 1
[ "$second" = asked ] || exit 1
