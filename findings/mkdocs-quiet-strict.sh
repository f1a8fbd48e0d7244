#!/bin/sh
# MkDocs 1.6.1: `mkdocs build --quiet --strict` passes with warnings. --quiet hides them from the counter of --strict.
# Expected: --quiet changes what is printed, and --strict fails the build for a broken link with or without it.
# Seen: "--strict exits with 1, --quiet --strict exits with 0", for a page with a link to a missing page.
# Exits 0 while MkDocs behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  mkdocs==1.6.1 click==8.1.8 ghp-import==2.1.0 Jinja2==3.1.6 Markdown==3.8 MarkupSafe==3.0.4 mergedeep==1.3.4 \
  mkdocs-get-deps==0.2.0 packaging==25.0 pathspec==0.12.1 platformdirs==4.3.8 python-dateutil==2.9.0.post0 \
  PyYAML==6.0.3 pyyaml_env_tag==1.0 six==1.17.0 watchdog==6.0.0
mkdir "$here/docs"
printf 'site_name: Example\n' > "$here/mkdocs.yml"
printf '# Home\n\n[Missing](missing.md)\n' > "$here/docs/index.md"
cd "$here"
echo "MkDocs $(venv/bin/mkdocs --version | cut -d' ' -f3), a page with a link to a missing page"
strict=0
venv/bin/mkdocs build --strict > strict.log 2>&1 || strict=$?
quiet=0
venv/bin/mkdocs build --quiet --strict > quiet.log 2>&1 || quiet=$?
echo "--strict exits with $strict, --quiet --strict exits with $quiet"
grep -q "missing.md" strict.log
[ "$strict" -eq 1 ] && [ "$quiet" -eq 0 ]
