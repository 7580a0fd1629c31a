import pytest


def test_a_user_is_there_once_it_is_created(aws):
    iam = aws("iam")
    iam.create_user(UserName="Ann")
    assert iam.get_user(UserName="Ann")["User"]["Arn"] == "arn:aws:iam::000000000000:user/Ann"


def test_a_user_of_another_test_is_not(aws):
    iam = aws("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="The user with name Ann cannot be found."):
        iam.get_user(UserName="Ann")
