# Ways to credentials that the provider has itself. The endpoint is in AWS_ENDPOINT_URL.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# Of the shared configuration, where its credentials come from a process.
variable "profile" {
  type = string
}

variable "web_identity_token_file" {
  type = string
}

provider "aws" {
  region  = "us-east-1"
  profile = var.profile
  assume_role {
    role_arn            = "arn:aws:iam::000000000000:role/deploy"
    session_name        = "terraform"
    external_id         = "contract-7"
    duration            = "1h"
    source_identity     = "jane"
    tags                = { team = "blue" }
    transitive_tag_keys = ["team"]
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "iam:GetUser", Resource = "arn:aws:iam::000000000000:user/Jane" }]
    })
  }
}

provider "aws" {
  alias  = "web"
  region = "us-east-1"
  assume_role_with_web_identity {
    role_arn                = "arn:aws:iam::000000000000:role/ci"
    session_name            = "workflow"
    web_identity_token_file = var.web_identity_token_file
  }
}

data "aws_iam_user" "allowed" {
  user_name = "Jane"
}

data "aws_iam_user" "refused" {
  user_name = "Joe"
}

data "aws_caller_identity" "web" {
  provider = aws.web
}
