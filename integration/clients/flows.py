"""What boto3 sees of the emulator at AWS_ENDPOINT_URL. Prints each step and what came of it, one JSON array a line."""

import base64
import hashlib
import hmac
import json
import os
import struct
import urllib.request
from datetime import datetime

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session as CoreSession

CONFIG = Config(retries={"total_max_attempts": 1})


def client(service, credentials=None):
    keys = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    return boto3.client(service, config=CONFIG, **keys)


def report(step, outcome):
    print(json.dumps([step, outcome], default=str))


def refusal(step, call, **arguments):
    try:
        call(**arguments)
        report(step, "not refused")
    except ClientError as error:
        meta = error.response["ResponseMetadata"]
        report(step, [meta["HTTPStatusCode"], error.response["Error"]["Code"], error.response["Error"]["Message"]])


def control(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_emulator/{path}", data) as answer:
        return json.load(answer)


def totp(seed, steps=0):
    """RFC 6238, as an authenticator app does it, by the emulator's time."""
    now = datetime.fromisoformat(control("clock")["now"].replace("Z", "+00:00")).timestamp()
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(now) // 30 + steps), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


iam = client("iam")
user = iam.create_user(UserName="ada", Path="/lab/", Tags=[{"Key": "team", "Value": "grün + co"}])["User"]
report("create_user", [user["Arn"], user["Tags"], type(user["CreateDate"]).__name__])
key = iam.create_access_key(UserName="ada")["AccessKey"]
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:GetUser", "sts:AssumeRole"], "Resource": "*"}]}
iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(policy))
report("get_user_policy", iam.get_user_policy(UserName="ada", PolicyName="own")["PolicyDocument"] == policy)
report("allowed", client("iam", key).get_user()["User"]["UserName"])
refusal("not allowed", client("iam", key).list_users)
refusal("no such user", iam.get_user, UserName="nobody")
try:
    iam.create_user(UserName="ada")
except iam.exceptions.EntityAlreadyExistsException as error:
    report("modelled exception", error.response["Error"]["Message"])

device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ada")["VirtualMFADevice"]
serial, seed = device["SerialNumber"], device["Base32StringSeed"].decode()
report("create_virtual_mfa_device", [serial, len(seed), device["QRCodePNG"][:8].hex()])
iam.enable_mfa_device(UserName="ada", SerialNumber=serial, AuthenticationCode1=totp(seed), AuthenticationCode2=totp(seed, 1))

sts = client("sts", key)
code = totp(seed)
session = sts.get_session_token(SerialNumber=serial, TokenCode=code)["Credentials"]
report("session with MFA", client("iam", session).get_user()["User"]["UserName"])
refusal("code used before", sts.get_session_token, SerialNumber=serial, TokenCode=code)
refusal("session without MFA at IAM", client("iam", sts.get_session_token()["Credentials"]).get_user)

trust = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": user["Arn"]},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }
    ],
}
role = iam.create_role(RoleName="lab", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
refusal("role without MFA", sts.assume_role, RoleArn=role, RoleSessionName="lab")

control("clock", {"advance": 30})
with open(os.environ["AWS_CONFIG_FILE"], "w") as file:
    file.write(f"[profile lab]\nrole_arn = {role}\nsource_profile = ada\nmfa_serial = {serial}\n")
    file.write(f"[profile ada]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n")
core = CoreSession(profile="lab")
core.get_component("credential_provider").get_provider("assume-role")._prompter = lambda prompt: totp(seed)
profile = boto3.Session(botocore_session=core).client("sts", config=CONFIG)
report("profile with mfa_serial", profile.get_caller_identity()["Arn"].rsplit("/", 1)[0])

pages = client("iam").get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
iam.create_user(UserName="ben")
report("pages", [page["Users"][0]["UserName"] for page in pages])
# For these services boto3 signs a POST unless it is told otherwise.
url = sts.generate_presigned_url("get_caller_identity", HttpMethod="GET")
report("presigned", urllib.request.urlopen(url).status)
