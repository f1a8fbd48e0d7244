#!/bin/sh
# PynamoDB's count(limit=n) does not stop at n: it takes n for the size of a page and counts every item.
# A good guess: "limit" is what Query's Limit is for one request, so that count(limit=3) costs three items at most.
# Exits 0 while PynamoDB behaves so, 1 when it does not.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" -qq --disable-pip-version-check install pynamodb==6.1.0 'moto[dynamodb]==5.2.5'
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
