import type { Command } from "commander";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

interface ContainerOptions extends ClientOptions {
  readonly role: string;
  readonly sessionName?: string;
  readonly eks?: true;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly serviceAccount?: string;
}

interface Environment {
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * `container-credentials` and `instance-profile`: choose the role of an application that looks for credentials where
 * AWS has them.
 */
export function addCredentialCommands(program: Command): void {
  asClient(program.command("container-credentials"))
    .description("give an application a role as ECS or EKS does, and print the environment in which it finds it")
    .requiredOption(
      "--role <NAME>",
      "name or ARN of a role that trusts ecs-tasks.amazonaws.com, or pods.eks.amazonaws.com",
    )
    .option("--session-name <NAME>", "name of the session; that of a task or pod by default")
    .option("--eks", "as EKS Pod Identity does, with its session tags")
    .option("--cluster <NAME>", "of the pod")
    .option("--namespace <NAME>", "of the pod")
    .option("--service-account <NAME>", "of the pod")
    .addHelpText(
      "after",
      `
Example: an application with the role "app"
  eval "$(iam-local container-credentials --role app)"
  aws sts get-caller-identity`,
    )
    .action(async ({ role, sessionName, eks, cluster, namespace, serviceAccount, ...options }: ContainerOptions) => {
      const pod = { cluster, namespace, serviceAccount };
      const isPod = eks ?? Object.values(pod).some((value) => value !== undefined);
      const answer = await callControl<Environment>(options, {
        path: "container-credentials",
        body: {
          ...(role.startsWith("arn:") ? { roleArn: role } : { roleName: role }),
          sessionName,
          ...(isPod && { eks: pod }),
        },
      });
      printAnswer(options, answer, exportLines);
    });

  asClient(program.command("instance-profile"))
    .argument("<name>", "an instance profile whose role trusts ec2.amazonaws.com")
    .description("have the EC2 metadata endpoint speak for a profile, and print the environment in which it is found")
    .addHelpText("after", `\nExample:\n  eval "$(iam-local instance-profile web)"\n  aws sts get-caller-identity`)
    .action(async (instanceProfile: string, options: ClientOptions) => {
      const answer = await callControl<Environment>(options, { path: "instance-metadata", body: { instanceProfile } });
      printAnswer(options, answer, exportLines);
    });
}

/** For `eval`: the values contain nothing that has a meaning to a shell. */
const exportLines = ({ environment }: Environment): string[] =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);
