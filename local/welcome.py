"""What `python -m local` says once it is ready: where things are, and commands to paste."""

from local.demo import Demo

_TEXT = """\
Mosaic Stitcher is ready on {url} after {seconds:.1f} s. Ctrl-C stops it, and forgets everything.

  workspace       {workspace}
  tokens          {tokens}
  webhook secret  {secret}
  gateway         {gateway}
  logs            {logs}

A comment on a GitHub issue, signed as GitHub signs it; it answers with the job:

  BODY='{{"action":"created","issue":{{"number":7,"title":"Login fails","body":"Since Monday.",\
"html_url":"https://github.com/acme/shop/issues/7"}},"comment":{{"id":'$(date +%s)',"body":"@mosaic find out why",\
"user":{{"login":"ada"}}}},"repository":{{"full_name":"acme/shop"}},"sender":{{"login":"ada"}}}}'
  SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac {secret} | sed 's/.* //')
  curl -sS {url}/stitcher/webhook/github -H 'content-type: application/json' \\
    -H 'x-github-event: issue_comment' -H "x-github-delivery: $(date +%s)" \\
    -H "x-hub-signature-256: sha256=$SIGNATURE" -d "$BODY"

A job made by hand, and a look at it:

  JOB=$(curl -sS {url}/runner-jobs -H 'authorization: Bearer {admin}' \\
    -H 'content-type: application/json' \\
    -d '{{"type":"code-task","instructions":"Fix the login","repository":"acme/shop"}}' |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
  curl -sS {url}/runner-jobs/$JOB -H 'authorization: Bearer {admin}' | python3 -m json.tool

Its agent is done after a few seconds; its gates then wait for reports on the commit that it made:

  for GATE in $(curl -sS {url}/runner-jobs/$JOB -H 'authorization: Bearer {admin}' |
    python3 -c 'import json, sys; print(*(gate["id"] for gate in json.load(sys.stdin)["gates"]))'); do
    curl -sS -o /dev/null -w "$GATE: %{{http_code}}\\n" -X PUT {url}/runner-jobs/$JOB/gates/$GATE \\
      -H 'authorization: Bearer {reporter}' -H 'content-type: application/json' \\
      -d '{{"status":"passed","commitSha":"{commit}"}}'
  done
"""

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def welcome(demo: Demo, url: str, gateway: str, logs: str, seconds: float) -> str:
    """Return the text; every command in it works in a POSIX shell with curl, openssl and Python 3."""
    return _TEXT.format(
        url=url,
        seconds=seconds,
        workspace=demo.workspace,
        tokens=" ".join(demo.tokens.values()),
        secret=demo.webhook_secret,
        gateway=gateway,
        logs=logs,
        admin=demo.tokens["admin"],
        reporter=demo.tokens["reporter"],
        commit=COMMIT,
    )
