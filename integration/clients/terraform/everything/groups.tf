resource "aws_iam_group" "team" {
  name = "team"
  path = var.changed ? "/terraform/moved/" : "/terraform/"
}

resource "aws_iam_group" "renamed" {
  name = var.changed ? "Crew" : "crew"
  path = "/terraform/"
}

resource "aws_iam_group" "several" {
  for_each = toset(["one", "two", "three"])
  name     = each.key
  path     = "/terraform/"
}

resource "aws_iam_group_membership" "team" {
  name  = "members-of-team"
  group = aws_iam_group.team.name
  users = var.changed ? [aws_iam_user.ann.name, aws_iam_user.eve["eve2"].name] : [for user in aws_iam_user.eve : user.name]
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [for name in(var.changed ? ["one", "three"] : ["one", "two"]) : aws_iam_group.several[name].name]
}

resource "aws_iam_group_policy" "named" {
  group  = aws_iam_group.team.name
  name   = "own"
  policy = var.changed ? data.aws_iam_policy_document.second.json : data.aws_iam_policy_document.first.json
}

resource "aws_iam_group_policy" "prefixed" {
  group       = aws_iam_group.team.name
  name_prefix = "prefixed-"
  policy      = data.aws_iam_policy_document.first.json
}

resource "aws_iam_group_policy" "added" {
  count  = var.changed ? 1 : 0
  group  = aws_iam_group.team.name
  name   = "added"
  policy = data.aws_iam_policy_document.first.json
}

resource "aws_iam_group_policies_exclusive" "team" {
  group_name = aws_iam_group.team.name
  policy_names = concat(
    [aws_iam_group_policy.named.name, aws_iam_group_policy.prefixed.name],
    [for added in aws_iam_group_policy.added : added.name],
  )
}

resource "aws_iam_group_policy_attachment" "team" {
  group      = aws_iam_group.team.name
  policy_arn = aws_iam_policy.named.arn
}

resource "aws_iam_group_policy_attachment" "added" {
  count      = var.changed ? 1 : 0
  group      = aws_iam_group.team.name
  policy_arn = local.view_only
}

resource "aws_iam_group_policy_attachments_exclusive" "team" {
  group_name  = aws_iam_group.team.name
  policy_arns = concat([aws_iam_group_policy_attachment.team.policy_arn], [for added in aws_iam_group_policy_attachment.added : added.policy_arn])
}

data "aws_iam_group" "team" {
  group_name = aws_iam_group_membership.team.group
}
