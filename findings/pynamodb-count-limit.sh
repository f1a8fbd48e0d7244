#!/bin/sh
# PynamoDB 6.1.0: count(limit=n) does not stop at n. It uses n as the page size and counts every item.
# Expected: `limit` has the meaning of Query's Limit, so that count(limit=3) reads three items at most.
# Seen: "query(limit=3) has 3 items; count(limit=3) is 10", on moto 5.2.5.
# Exits 0 while PynamoDB behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
# Only the imports of these modules: moto's extras install much more.
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  pynamodb==6.1.0 blinker==1.9.0 moto==5.2.5 boto3==1.44.5 botocore==1.44.5 certifi==2026.10.18 cffi==2.1.1 \
  charset-normalizer==3.5.2 cryptography==50.0.2 idna==3.20 Jinja2==3.1.6 jmespath==1.1.0 MarkupSafe==3.0.4 \
  pycparser==3.0 python-dateutil==2.9.0.post0 PyYAML==6.0.3 requests==2.34.2 responses==0.26.3 s3transfer==0.19.3 \
  six==1.17.0 typing_extensions==4.16.0 urllib3==2.8.0 Werkzeug==3.1.9 xmltodict==1.0.4
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1
"$here/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from moto import mock_aws
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.models import Model


class Item(Model):
    class Meta:
        table_name = "items"
        region = "us-east-1"

    key = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)


requests = []
real = Connection.query


def query(self, *args, **kwargs):
    requests.append(kwargs["limit"])
    return real(self, *args, **kwargs)


Connection.query = query
with mock_aws():
    Item.create_table(read_capacity_units=1, write_capacity_units=1, wait=True)
    for number in range(10):
        Item("a", number).save()
    counted = Item.count("a", limit=3)
    listed = len(list(Item.query("a", limit=3)))

print("pynamodb", version("pynamodb"), "moto", version("moto"))
print(f"query(limit=3) has {listed} items; count(limit=3) is {counted}, by {requests[: len(requests) - 1]} as Limit")
raise SystemExit(0 if (listed, counted) == (3, 10) else 1)
PYTHON
