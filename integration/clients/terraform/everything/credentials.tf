resource "aws_iam_access_key" "ann" {
  user   = aws_iam_user.ann.name
  status = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_access_key" "encrypted" {
  user    = aws_iam_user.eve["eve1"].name
  pgp_key = var.material.pgp_key
  lifecycle {
    ignore_changes = [pgp_key]
  }
}

# What IAM does not tell of a password, or a certificate below, would make another resource of one that was imported.
resource "aws_iam_user_login_profile" "ann" {
  user                    = aws_iam_user.ann.name
  password_length         = 24
  password_reset_required = true
  lifecycle {
    ignore_changes = [password_length, password_reset_required]
  }
}

resource "aws_iam_user_login_profile" "encrypted" {
  user    = aws_iam_user.eve["eve1"].name
  pgp_key = var.material.pgp_key
  lifecycle {
    ignore_changes = [password_length, password_reset_required, pgp_key]
  }
}

resource "aws_iam_user_ssh_key" "ssh" {
  username   = aws_iam_user.ann.name
  encoding   = "SSH"
  public_key = var.material.ssh_line
  status     = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_user_ssh_key" "pem" {
  username   = aws_iam_user.ann.name
  encoding   = "PEM"
  public_key = var.material.ssh_pem
}

resource "aws_iam_service_specific_credential" "git" {
  user_name    = aws_iam_user.ann.name
  service_name = "codecommit.amazonaws.com"
  status       = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_signing_certificate" "ann" {
  user_name        = aws_iam_user.ann.name
  certificate_body = var.material.signing_certificate
  status           = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  path                    = "/terraform/"
  tags                    = local.tags
}

data "aws_iam_access_keys" "ann" {
  user = aws_iam_access_key.ann.user
}

data "aws_iam_user_ssh_key" "ssh" {
  username          = aws_iam_user.ann.name
  ssh_public_key_id = aws_iam_user_ssh_key.ssh.ssh_public_key_id
  encoding          = "SSH"
}
