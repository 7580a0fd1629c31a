"""Calls other services than IAM and STS with every protocol that boto3 speaks, and prints what their clients make of the answers."""

import json
import boto3
from botocore.exceptions import ClientError

calls = {
    "dynamodb": lambda: boto3.client("dynamodb").list_tables(),
    "sqs": lambda: boto3.client("sqs").list_queues(),
    "kinesis": lambda: boto3.client("kinesis").list_streams(),
    "lambda": lambda: boto3.client("lambda").list_functions(),
    "s3": lambda: boto3.client("s3").list_buckets(),
    "s3 put": lambda: boto3.client("s3").put_object(Bucket="box", Key="a/b", Body=b"body"),
    "sns": lambda: boto3.client("sns").list_topics(),
    "ec2": lambda: boto3.client("ec2").describe_instances(),
    "route53": lambda: boto3.client("route53").list_hosted_zones(),
    "cloudwatch": lambda: boto3.client("cloudwatch").list_metrics(),
    "arc-region-switch": lambda: boto3.client("arc-region-switch").list_plans(),
}

for name, call in calls.items():
    try:
        call()
        print(json.dumps([name, "answered"]))
    except ClientError as error:
        response = error.response
        print(json.dumps([name, [response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]]]))
    except Exception as error:
        print(json.dumps([name, repr(error)]))
