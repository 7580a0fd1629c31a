"""An emulator for the tests, in a process of its own: `npx iam-local` answers with one line of JSON."""

import json
import os
import signal
import subprocess
import urllib.request

import boto3
import pytest


@pytest.fixture(scope="session")
def emulator():
    """What the emulator says of itself: endpoint, rootCredentials, account and more."""
    command = ["npx", "--no-install", "iam-local", "start", "--port", "0", "--snapshot", "start", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        started = json.loads(process.stdout.readline())
        yield started
        # The emulator itself, and not only the npx that has started it.
        os.kill(started["pid"], signal.SIGTERM)


@pytest.fixture
def aws(emulator):
    """Clients of the emulator by their names, such as `aws("iam")`. Each test begins with what was there at start."""
    root = emulator["rootCredentials"]

    def client(service):
        return boto3.client(
            service,
            endpoint_url=emulator["endpoint"],
            region_name=emulator["region"],
            aws_access_key_id=root["accessKeyId"],
            aws_secret_access_key=root["secretAccessKey"],
        )

    yield client
    restore = emulator["control"] + "/snapshots/start/restore"
    urllib.request.urlopen(urllib.request.Request(restore, method="POST")).close()
