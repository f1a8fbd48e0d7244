#!/bin/sh
# boto3.Session.get_available_regions("ec2") reads the whole description of the service (for its endpointPrefix) before
# it looks into the list of regions, and each new session reads it again: importing moto.cloudformation does so three
# times. (botocore 1.44.5, botocore/session.py: get_available_regions; moto 5.2.5, moto/ec2/models)
# local/cloud_mending.py names the one region itself for that reason. Exits 1 when this has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check install 'moto[cloudformation]==5.2.5' 'boto3==1.44.5' 'botocore==1.44.5'
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import time
from importlib.metadata import version

import boto3
from botocore.loaders import Loader

read = []
load = Loader.load_service_model


def counted(self, service, type_name, *rest, **more):
    if type_name == "service-2":
        read.append(service)
    return load(self, service, type_name, *rest, **more)


Loader.load_service_model = counted
began = time.process_time()
regions = boto3.Session().get_available_regions("ec2")
print(f"botocore {version('botocore')}: {len(regions)} regions of ec2 in {(time.process_time() - began) * 1000:.0f} ms")
print(f"descriptions of services that were read for it: {read}")
of_boto3 = bool(read)
read.clear()
import moto.cloudformation  # noqa: E402

print(f"moto {version('moto')}: importing moto.cloudformation reads {len(read)} more: {read}")
sys.exit(not (of_boto3 and read))
PYTHON
