resource "aws_iam_account_alias" "alias" {
  account_alias = "terraform-company"
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = var.changed ? 20 : 10
  require_lowercase_characters   = !var.changed
  require_uppercase_characters   = !var.changed
  require_numbers                = !var.changed
  require_symbols                = !var.changed
  allow_users_to_change_password = !var.changed
  hard_expiry                    = var.changed
  max_password_age               = var.changed ? 90 : 30
  password_reuse_prevention      = var.changed ? 24 : 5
}

resource "aws_iam_security_token_service_preferences" "tokens" {
  global_endpoint_token_version = var.changed ? "v1Token" : "v2Token"
}

resource "aws_iam_organizations_features" "root" {
  enabled_features = var.changed ? ["RootSessions"] : ["RootCredentialsManagement", "RootSessions"]
}

data "aws_iam_account_alias" "current" {
  depends_on = [aws_iam_account_alias.alias]
}
