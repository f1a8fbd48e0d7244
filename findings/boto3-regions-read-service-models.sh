#!/bin/sh
# boto3 1.44.5: Session.get_available_regions("ec2") reads the whole description of the service for its endpointPrefix.
# Only then does it read the list of regions. Each new session reads it again. Importing moto.ec2 of moto 5.2.5, which
# most services of moto import, does so three times. (botocore 1.44.5, botocore/session.py: get_available_regions;
# moto/ec2/models/availability_zones_and_regions.py.)
# Expected: the names of regions come from the list of regions.
# Seen: "two sessions: ['ec2', 'ec2']", "importing moto.ec2: ['ec2', 'ec2', 'ec2']".
# Because of this, local/cloud/moto_patches.py returns the one region itself. Exits 1 when the behaviour has changed.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
python3 -m venv "$here/venv"
# Only the imports of these modules: moto's extras install much more.
"$here/venv/bin/pip" install -q --disable-pip-version-check --no-compile --no-deps \
  moto==5.2.5 boto3==1.44.5 botocore==1.44.5 certifi==2026.10.18 cffi==2.1.1 charset-normalizer==3.5.2 \
  cryptography==50.0.2 idna==3.20 Jinja2==3.1.6 jmespath==1.1.0 MarkupSafe==3.0.4 pycparser==3.0 \
  python-dateutil==2.9.0.post0 PyYAML==6.0.3 requests==2.34.2 responses==0.26.3 s3transfer==0.19.3 six==1.17.0 \
  typing_extensions==4.16.0 urllib3==2.8.0 Werkzeug==3.1.9 xmltodict==1.0.4
"$here/venv/bin/python" - <<'PYTHON'
import sys
import time
from importlib.metadata import version
from pathlib import PurePath

import boto3
from botocore.loaders import JSONFileLoader

read = []
load = JSONFileLoader.load_file


def counted(self, path):
    if PurePath(path).name == "service-2":
        read.append(PurePath(path).parts[-3])
    return load(self, path)


JSONFileLoader.load_file = counted
for _ in range(2):
    began = time.process_time()
    regions = boto3.Session().get_available_regions("ec2")
    taken = (time.process_time() - began) * 1000
    print(f"boto3 {boto3.__version__}, botocore {version('botocore')}: {len(regions)} regions of ec2 in {taken:.0f} ms")
sessions = list(read)
print(f"descriptions of services that were read for two sessions: {sessions}")
read.clear()
import moto.ec2  # noqa: E402

print(f"moto {version('moto')}, importing moto.ec2: {read}")
sys.exit(0 if sessions == ["ec2"] * 2 and read == ["ec2"] * 3 else 1)
PYTHON
