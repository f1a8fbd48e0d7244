#!/bin/sh
# Powertools for AWS Lambda (Python) 3.37.0 rounds large integer bounds in the OpenAPI document of a route, because its
# schema model holds `maximum` as a float. The document then allows 2**63 for a field that allows 2**63 - 1 at most.
# Expected: the document has the bound that the field has, as pydantic's own JSON schema has.
# Seen: "pydantic 2.14.3: 9223372036854775807, Powertools: 9223372036854775808".
# Exits 0 while Powertools behaves like this, 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile \
  aws-lambda-powertools==3.37.0 pydantic==2.14.3
"$here/venv/bin/python" - <<'PYTHON'
import json
from importlib.metadata import version
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel, Field

MAXIMUM = 2**63 - 1


class Item(BaseModel):
    number: Annotated[int, Field(le=MAXIMUM)]


app = APIGatewayHttpResolver(enable_validation=True)


@app.post("/items")
def create(item: Item) -> None:
    pass


document = json.loads(app.get_openapi_json_schema(title="Items"))
own = Item.model_json_schema()["properties"]["number"]["maximum"]
published = document["components"]["schemas"]["Item"]["properties"]["number"]["maximum"]
print(f"Powertools {version('aws-lambda-powertools')}, a field with the maximum 2**63 - 1")
print(f"pydantic {version('pydantic')}: {own}, Powertools: {int(published)}")
assert own == MAXIMUM
assert int(published) == MAXIMUM + 1
PYTHON
