// npx jest
const { CreateUserCommand, GetUserCommand, IAMClient } = require("@aws-sdk/client-iam");
const { start } = require("iam-local");

let aws;
let iam;

beforeAll(async () => {
  aws = await start({ port: 0 });
  iam = new IAMClient({ endpoint: aws.endpoint, region: "us-east-1", credentials: aws.rootCredentials });
});
afterEach(() => aws.reset());
afterAll(async () => {
  iam.destroy();
  await aws.close();
});

test("a user is there once it is created, and gone with the next test", async () => {
  await iam.send(new CreateUserCommand({ UserName: "Ann" }));
  const { User } = await iam.send(new GetUserCommand({ UserName: "Ann" }));
  expect(User.Arn).toBe("arn:aws:iam::000000000000:user/Ann");
});

test("a user that is not there is AWS's error", async () => {
  await expect(iam.send(new GetUserCommand({ UserName: "Ann" }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: "The user with name Ann cannot be found.",
  });
});
