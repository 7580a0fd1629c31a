resource "aws_iam_user" "ann" {
  name                 = "ann"
  path                 = var.changed ? "/terraform/moved/" : "/terraform/"
  permissions_boundary = local.boundary
  force_destroy        = true
  tags                 = local.tags
}

resource "aws_iam_user" "renamed" {
  name          = var.changed ? "Bob.the-second" : "bob"
  path          = "/terraform/"
  force_destroy = var.changed
}

resource "aws_iam_user" "eve" {
  for_each = toset(["eve1", "eve2"])
  name     = each.key
  path     = "/terraform/"
}

resource "aws_iam_user_policy" "named" {
  user   = aws_iam_user.ann.name
  name   = "own"
  policy = var.changed ? data.aws_iam_policy_document.second.json : data.aws_iam_policy_document.first.json
}

resource "aws_iam_user_policy" "prefixed" {
  user        = aws_iam_user.ann.name
  name_prefix = "prefixed-"
  policy      = data.aws_iam_policy_document.first.minified_json
}

resource "aws_iam_user_policies_exclusive" "ann" {
  user_name = aws_iam_user.ann.name
  policy_names = concat(
    [aws_iam_user_policy.named.name, aws_iam_user_policy.prefixed.name],
    [for added in aws_iam_user_policy.added : added.name],
  )
}

resource "aws_iam_user_policy" "added" {
  count  = var.changed ? 1 : 0
  user   = aws_iam_user.ann.name
  name   = "added"
  policy = data.aws_iam_policy_document.first.json
}

resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.named.arn
}

resource "aws_iam_user_policy_attachment" "added" {
  count      = var.changed ? 1 : 0
  user       = aws_iam_user.ann.name
  policy_arn = local.view_only
}

resource "aws_iam_user_policy_attachments_exclusive" "ann" {
  user_name   = aws_iam_user.ann.name
  policy_arns = concat([aws_iam_user_policy_attachment.ann.policy_arn], [for added in aws_iam_user_policy_attachment.added : added.policy_arn])
}

data "aws_iam_user" "ann" {
  user_name = aws_iam_user.ann.name
}

data "aws_iam_users" "of_terraform" {
  name_regex  = "^eve"
  path_prefix = "/terraform/"
  depends_on  = [aws_iam_user.eve]
}
