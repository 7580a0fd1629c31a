data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_user.ann.arn]
    }
    dynamic "condition" {
      for_each = var.changed ? ["true"] : []
      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = [condition.value]
      }
    }
  }
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "full" {
  name                  = "full"
  path                  = "/terraform/"
  description           = var.changed ? "Second: ünlike\nthe first" : "First"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.changed ? 43200 : 7200
  permissions_boundary  = local.boundary
  force_detach_policies = var.changed
  tags                  = local.tags
}

# The deprecated arguments, which own all of the role's policies.
resource "aws_iam_role" "owning" {
  name_prefix           = "owning-"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  force_detach_policies = true
  managed_policy_arns   = var.changed ? [local.read_only, aws_iam_policy.named.arn] : [aws_iam_policy.named.arn]
  inline_policy {
    name   = "own"
    policy = var.changed ? data.aws_iam_policy_document.second.json : data.aws_iam_policy_document.first.json
  }
}

resource "aws_iam_role_policy" "named" {
  role   = aws_iam_role.full.name
  name   = "own"
  policy = var.changed ? data.aws_iam_policy_document.second.json : data.aws_iam_policy_document.first.json
}

resource "aws_iam_role_policy" "prefixed" {
  role        = aws_iam_role.full.name
  name_prefix = "prefixed-"
  policy      = data.aws_iam_policy_document.first.json
}

resource "aws_iam_role_policy" "added" {
  count  = var.changed ? 1 : 0
  role   = aws_iam_role.full.name
  name   = "added"
  policy = data.aws_iam_policy_document.first.json
}

resource "aws_iam_role_policies_exclusive" "full" {
  role_name = aws_iam_role.full.name
  policy_names = concat(
    [aws_iam_role_policy.named.name, aws_iam_role_policy.prefixed.name],
    [for added in aws_iam_role_policy.added : added.name],
  )
}

resource "aws_iam_role_policy_attachment" "full" {
  role       = aws_iam_role.full.name
  policy_arn = aws_iam_policy.named.arn
}

resource "aws_iam_role_policy_attachment" "added" {
  count      = var.changed ? 1 : 0
  role       = aws_iam_role.full.name
  policy_arn = local.view_only
}

resource "aws_iam_role_policy_attachments_exclusive" "full" {
  role_name   = aws_iam_role.full.name
  policy_arns = concat([aws_iam_role_policy_attachment.full.policy_arn], [for added in aws_iam_role_policy_attachment.added : added.policy_arn])
}

resource "aws_iam_service_linked_role" "suffixed" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "terraform"
  description      = var.changed ? "Second" : "First"
  tags             = local.tags
}

resource "aws_iam_instance_profile" "named" {
  name = "web"
  path = "/terraform/"
  role = var.changed ? aws_iam_role.owning.name : aws_iam_role.full.name
  tags = local.tags
}

resource "aws_iam_instance_profile" "prefixed" {
  name_prefix = "prefixed-"
}

data "aws_iam_role" "full" {
  name = aws_iam_role.full.name
}

data "aws_iam_roles" "of_terraform" {
  name_regex  = "^f"
  path_prefix = aws_iam_role.full.path
}

data "aws_iam_instance_profile" "named" {
  name = aws_iam_instance_profile.named.name
}

data "aws_iam_instance_profiles" "of_role" {
  role_name = aws_iam_instance_profile.named.role
}

data "aws_iam_session_context" "full" {
  arn = "arn:aws:sts::${data.aws_caller_identity.current.account_id}:assumed-role/${aws_iam_role.full.name}/session"
}
