resource "aws_iam_openid_connect_provider" "given" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = var.changed ? ["sts.amazonaws.com", "second"] : ["sts.amazonaws.com", "first"]
  thumbprint_list = [var.changed ? "6938fd4d98bab03faadb97b34396831e3780aea1" : "1b511abead59c6ce207077c0bf0e0043b1382612"]
  tags            = local.tags
}

resource "aws_iam_saml_provider" "sso" {
  name                   = "sso"
  saml_metadata_document = var.changed ? var.material.second_metadata : var.material.first_metadata
  tags                   = local.tags
}

resource "aws_iam_server_certificate" "named" {
  name              = var.changed ? "site2" : "site"
  path              = var.changed ? "/terraform/moved/" : "/terraform/"
  certificate_body  = var.material.server_certificate
  certificate_chain = var.material.server_certificate_chain
  private_key       = var.material.server_certificate_key
  tags              = local.tags
  timeouts {
    delete = "1m"
  }
  lifecycle {
    ignore_changes = [private_key]
  }
}

resource "aws_iam_server_certificate" "prefixed" {
  name_prefix      = "prefixed-"
  certificate_body = var.material.server_certificate
  private_key      = var.material.server_certificate_key
  lifecycle {
    ignore_changes = [private_key]
  }
}

data "aws_iam_openid_connect_provider" "by_arn" {
  arn = aws_iam_openid_connect_provider.given.arn
}

data "aws_iam_openid_connect_provider" "by_url" {
  url = "https://${aws_iam_openid_connect_provider.given.url}"
}

data "aws_iam_saml_provider" "sso" {
  arn = aws_iam_saml_provider.sso.arn
}

data "aws_iam_server_certificate" "by_name" {
  name   = aws_iam_server_certificate.named.name
  latest = true
}

data "aws_iam_server_certificate" "by_prefix" {
  name_prefix = "prefixed-"
  path_prefix = "/"
  depends_on  = [aws_iam_server_certificate.prefixed]
}
