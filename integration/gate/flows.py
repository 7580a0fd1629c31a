"""boto3 through a gate before moto, at AWS_ENDPOINT_URL. Prints each step and what came of it, one JSON array a line."""

import io
import json
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# Without a version boto3 presigns for S3 with Signature Version 2, which AWS takes for buckets from before 2020 alone.
CONFIG = Config(retries={"total_max_attempts": 1}, signature_version="v4", s3={"addressing_style": "path"})
S3_CONFIG = CONFIG.merge(Config(signature_version="s3v4"))


def client(service, credentials=None):
    keys = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    return boto3.client(service, config=S3_CONFIG if service == "s3" else CONFIG, **keys)


def report(step, outcome):
    print(json.dumps([step, outcome], default=str))


def attempt(step, call, **arguments):
    try:
        call(**arguments)
        report(step, "passes")
    except ClientError as error:
        report(step, f"{error.response['Error']['Code']}: {error.response['Error']['Message']}")


def user(name, *statements):
    iam = client("iam")
    iam.create_user(UserName=name)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return iam.create_access_key(UserName=name)["AccessKey"]


ann = user(
    "ann",
    {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::boto/ann/*"},
    {"Action": ["sqs:SendMessage", "sqs:GetQueueUrl"], "Resource": "arn:aws:sqs:*:*:jobs"},
    {"Action": "dynamodb:PutItem", "Resource": "*"},
    {"Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:team": "red"}}},
    {"Action": ["sns:Publish", "secretsmanager:GetSecretValue"], "Resource": "*"},
)

s3 = client("s3")
s3.create_bucket(Bucket="boto")
large = os.urandom(20_000_000)
s3.upload_fileobj(io.BytesIO(large), "boto", "ann/large")
attempt("s3 put", client("s3", ann).put_object, Bucket="boto", Key="ann/x", Body=b"x")
attempt("s3 put elsewhere", client("s3", ann).put_object, Bucket="boto", Key="bob/x", Body=b"x")
attempt("s3 delete", client("s3", ann).delete_object, Bucket="boto", Key="ann/x")
report("s3 large", client("s3", ann).get_object(Bucket="boto", Key="ann/large")["Body"].read() == large)
url = client("s3", ann).generate_presigned_url("get_object", Params={"Bucket": "boto", "Key": "ann/x"})
report("s3 presigned", urllib.request.urlopen(url).read().decode())

sqs = client("sqs")
queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
report("sqs url", queue == f"{os.environ['AWS_ENDPOINT_URL']}/000000000000/jobs")
attempt("sqs send", client("sqs", ann).send_message, QueueUrl=queue, MessageBody="m")
attempt("sqs receive", client("sqs", ann).receive_message, QueueUrl=queue)
report("sqs message", sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])

topic = client("sns").create_topic(Name="news")["TopicArn"]
attempt("sns publish", client("sns", ann).publish, TopicArn=topic, Message="m")
attempt("sns delete", client("sns", ann).delete_topic, TopicArn=topic)

kms = client("kms")
key = kms.create_key()["KeyMetadata"]["Arn"]
red = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"team": "red"})["CiphertextBlob"]
blue = kms.encrypt(KeyId=key, Plaintext=b"p", EncryptionContext={"team": "blue"})["CiphertextBlob"]
attempt("kms red", client("kms", ann).decrypt, KeyId=key, CiphertextBlob=red, EncryptionContext={"team": "red"})
attempt("kms blue", client("kms", ann).decrypt, KeyId=key, CiphertextBlob=blue, EncryptionContext={"team": "blue"})

secret = client("secretsmanager").create_secret(Name="db", SecretString="s")["ARN"]
attempt("secret read", client("secretsmanager", ann).get_secret_value, SecretId="db")
attempt("secret write", client("secretsmanager", ann).put_secret_value, SecretId=secret, SecretString="t")
