data "aws_iam_policy_document" "first" {
  policy_id = "First"
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
  }
}

data "aws_iam_policy_document" "second" {
  version                   = "2012-10-17"
  source_policy_documents   = [data.aws_iam_policy_document.first.json]
  override_policy_documents = [jsonencode({ Statement = [{ Sid = "Keep", Effect = "Deny", Action = "s3:Delete*", Resource = "*" }] })]
  statement {
    sid         = "Mfa"
    effect      = "Deny"
    not_actions = ["iam:*MFA*", "sts:GetSessionToken"]
    resources   = ["*"]
    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
  statement {
    actions       = ["s3:*"]
    not_resources = ["arn:aws:s3:::secret/&{aws:username}/*"]
  }
}

resource "aws_iam_policy" "named" {
  name        = "named"
  path        = "/terraform/"
  description = "Read the bucket"
  policy      = var.changed ? data.aws_iam_policy_document.second.json : data.aws_iam_policy_document.first.json
  tags        = local.tags
}

resource "aws_iam_policy" "prefixed" {
  name_prefix = "prefixed-"
  policy      = data.aws_iam_policy_document.first.json
}

resource "aws_iam_policy_attachment" "everywhere" {
  name       = "everywhere"
  policy_arn = aws_iam_policy.prefixed.arn
  users      = [aws_iam_user.eve[var.changed ? "eve1" : "eve2"].name]
  groups     = [aws_iam_group.several[var.changed ? "one" : "two"].name]
  roles      = var.changed ? [] : [aws_iam_role.attached.name]
}

resource "aws_iam_role" "attached" {
  name               = "attached"
  path               = "/terraform/"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# For everybody but one.
data "aws_iam_policy_document" "of_a_resource" {
  statement {
    effect    = "Deny"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::bucket/key"]
    not_principals {
      type        = "AWS"
      identifiers = [aws_iam_user.eve["eve1"].arn]
    }
  }
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::bucket/key"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy" "by_arn" {
  arn = aws_iam_policy.named.arn
}

data "aws_iam_policy" "by_name" {
  name        = aws_iam_policy.named.name
  path_prefix = aws_iam_policy.named.path
}

data "aws_iam_policy" "of_aws" {
  name = "ReadOnlyAccess"
}

data "aws_iam_principal_policy_simulation" "allowed" {
  policy_source_arn = aws_iam_user.ann.arn
  action_names      = ["s3:GetObject"]
  resource_arns     = ["arn:aws:s3:::bucket/key"]
  depends_on        = [aws_iam_user_policy.named]
}

data "aws_iam_principal_policy_simulation" "denied" {
  policy_source_arn                  = aws_iam_user.ann.arn
  caller_arn                         = aws_iam_user.ann.arn
  action_names                       = ["s3:PutObject", "s3:GetObject"]
  resource_arns                      = ["arn:aws:s3:::bucket/key"]
  additional_policies_json           = [jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:PutObject", Resource = "*" }] })]
  permissions_boundary_policies_json = [jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }] })]
  resource_policy_json               = data.aws_iam_policy_document.of_a_resource.json
  context {
    key    = "aws:SecureTransport"
    type   = "boolean"
    values = ["false"]
  }
  depends_on = [aws_iam_user_policy.named]
}

data "aws_iam_principal_policy_simulation" "of_an_instance" {
  policy_source_arn        = aws_iam_user.ann.arn
  action_names             = ["ec2:RunInstances"]
  resource_handling_option = "EC2-VPC-InstanceStore"
  depends_on               = [aws_iam_user_policy.named]
}

data "aws_caller_identity" "current" {}

data "aws_iam_policy" "tagged" {
  name = aws_iam_policy.named.name
  tags = aws_iam_policy.named.tags_all
}
