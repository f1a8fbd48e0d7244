#!/bin/sh
# The zsh completion that Typer prints cannot be loaded from zsh's fpath: it begins with an empty line, while compinit
# reads `#compdef` in the first line only. A script is made for that folder, so a good guess is that it works there.
# With the empty line removed, the first TAB still completes nothing: the file only defines its function.
# Needs zsh. Exits 0 while Typer behaves so, 1 when it does not.
set -eu
command -v zsh >/dev/null || { echo "this needs zsh" >&2; exit 2; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" -qq --disable-pip-version-check install typer==0.29.2
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
as_printed=$(registered)
sed -i.printed '/./,$!d' "$here/fpath/_hello"
rm "$here/fpath/_hello.printed"
without_line=$(registered)
calls=$(grep -c '^_hello_completion "\$@"' "$here/fpath/_hello" || true)
"$here/venv/bin/pip" --disable-pip-version-check list 2>/dev/null | grep '^typer '
zsh --version
echo "compinit registers for hello: as printed: $as_printed; without the empty line: $without_line"
echo "lines of the file that complete when zsh loads it: $calls"
[ "$as_printed" = nothing ] && [ "$without_line" = _hello ] && [ "$calls" = 0 ]
