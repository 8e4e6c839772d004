import { createRequire } from "node:module";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { faultLine } from "./cli/fault-line.js";
import { FramewatchError } from "./errors.js";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

// We support Node 20 as long as the SDK's releases that we pin do; users cannot act on its reminder at every start.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

// Whoever reads our output may have seen enough (`| head`); what we were asked to do is done all the same.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** Set by a verb that ends without an error but not with 0, such as a policy that failed. */
let exitCode = 0;

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("It must be a number of seconds, 0 or more.");
  return value;
}

function someSeconds(text: string): number {
  const value = seconds(text);
  if (value === 0) throw new InvalidArgumentError("It must be more than 0.");
  return value;
}

function list(text: string): string[] {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (parts.length === 0) throw new InvalidArgumentError("It must name at least one.");
  return parts;
}

const program = new Command("framewatch")
  .description("Watches audio and video so that operators don't have to.")
  .version(version)
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "framewatch: ")) })
  .showHelpAfterError("`framewatch --help` and `framewatch <verb> --help` tell more.")
  .addHelpText(
    "after",
    `
Examples:
  framewatch demo                                see everything at work, without an account or a GPU
  framewatch check film.mp4                      look for faults in a file, write a report
  framewatch check film.mp4 --json | jq .verdict
  framewatch watch srt://host:9000               follow a live stream, tell of faults while they last
  framewatch serve                               take jobs from the queue of FRAMEWATCH_QUEUE_URL
  framewatch doctor                              what this machine can do, and how to mend what is missing

Exit codes: 0 pass or warn (or done), 1 the policy failed, 2 usage or configuration, 3 input unreadable,
4 a needed program, library or service is missing, 130 interrupted.`,
  )
  .exitOverride();

program
  .command("check")
  .description("Analyse files or finite URLs now, in this process, and write a report for each")
  .argument("[input...]", "files or URLs")
  .option("--out <folder>", "where reports go, each in a folder named by its id (default: ./framewatch-reports)")
  .option("--json", "print report.json on standard output and nothing else there; without --out no files are written")
  .option(
    "--policy <name|file>",
    "what counts as a fault, and how grave it is; `framewatch policies list` tells the names",
    "default",
  )
  .addOption(
    new Option(
      "--profile <profile>",
      "full: every frame as it is; fast: every frame, scaled down; keyframes: keyframes and all sound",
    )
      .choices(["full", "fast", "keyframes"])
      .default("full"),
  )
  .option("--start <seconds>", "begin so far into the media", seconds)
  .option("--duration <seconds>", "look at so much of it", someSeconds)
  .option("--only <types>", "defect types to look for, separated by commas, such as black,silence", list)
  .option("--no-models", "leave out the models")
  .option("--signals <folder>", "judge the signals stored beside a report again, instead of inputs and without decoding")
  .addHelpText(
    "after",
    `
Examples:
  framewatch check *.mp4 --out reports           one report for each, the worst exit code of all
  framewatch check https://example.com/film.ts   over HTTP, without downloading it first
  framewatch check film.mp4 --policy house.yaml --start 60 --duration 30
  framewatch check --signals framewatch-reports/ID/signals --policy house.yaml
                                                 what another policy says of it, in seconds
  framewatch check -- -film.mp4                  a name that begins with a dash`,
  )
  .action(async (inputs: string[], options) => {
    const { check } = await import("./cli/check.js");
    exitCode = await check(inputs, options);
  });

program
  .command("watch")
  .description("Follow a live or endless input; alerts go to standard output as NDJSON")
  .argument("<input>", "udp://, srt://, rtmp://, or an http(s) URL of HLS, DASH or MPEG-TS")
  .option("--out <folder>", "where the hourly reports go, in a folder named by the job (default: ./framewatch-reports)")
  .option("--policy <name|file>", "what counts as a fault, and how grave it is", "live-channel")
  .addOption(new Option("--profile <profile>", "how much is looked at").choices(["full", "fast", "keyframes"]).default("full"))
  .option("--duration <seconds>", "stop after so many seconds of wall clock", someSeconds)
  .option("--only <types>", "defect types to look for, separated by commas", list)
  .option("--no-models", "leave out the models")
  .addHelpText(
    "after",
    `
Examples:
  framewatch watch udp://239.1.1.1:5000           a multicast of MPEG-TS
  framewatch watch srt://encoder.example:9000 --duration 3600
  framewatch watch https://example.com/live/master.m3u8 | jq .type`,
  )
  .action(async (input: string, options) => {
    const { watch } = await import("./cli/watch.js");
    exitCode = await watch(input, options);
  });

program
  .command("serve")
  .description("Run the service: jobs from the queue, alerts, metrics and reports out")
  .action(async () => {
    const { serve } = await import("./cli/serve.js");
    exitCode = await serve();
  });

program
  .command("enqueue")
  .description("Send a job to the queue of FRAMEWATCH_QUEUE_URL and print its id, or end one")
  .argument("[input]", "s3://bucket/key, a URL, or a path that the service may read")
  .addOption(new Option("--mode <mode>", "whether it has an end (default: what the source is)").choices(["file", "live"]))
  .option("--stream <name>", "what alerts call a live stream (default: host and path of its source)")
  .option("--policy <name>", 'name of a policy (default: "default")')
  .addOption(new Option("--profile <profile>", 'how much is looked at (default: "full")').choices(["full", "fast", "keyframes"]))
  .addOption(
    new Option("--priority <priority>", "orders jobs that run at the same time").choices(["live", "high", "normal", "low"]),
  )
  .option("--id <id>", "identity of the job (default: a new one)")
  .option("--output <prefix>", "where the report goes, under an output that the service allows")
  .option("--label <name=text...>", "labels carried into alerts and the report")
  .option("--force", "analyse again a job that is done")
  .option(
    "--wait",
    "wait for the report, print it, and exit as `check` does; the report is looked for in --output or FRAMEWATCH_OUTPUT",
  )
  .option("--cancel <id>", "end the job of this id, a file's or a live one, instead of sending one")
  .addHelpText(
    "after",
    `
What is live, and what ends a job, goes to the queue of FRAMEWATCH_LIVE_QUEUE_URL where that is set.

Examples:
  framewatch enqueue s3://media/film.mp4 --wait
  framewatch enqueue https://example.com/live/master.m3u8 --mode live --stream "Channel 1" --id channel-1 --policy live-channel
  framewatch enqueue --cancel channel-1`,
  )
  .action(async (input: string | undefined, options) => {
    const { enqueue } = await import("./cli/enqueue.js");
    exitCode = await enqueue(input, options);
  });

program
  .command("demo")
  .description(
    "See everything at once: a film with planted faults through queue, service, alerts and report on an embedded AWS emulator",
  )
  .option("--input <file>", "plant the faults into this clip instead of the painted film")
  .option("--out <folder>", "where the report is copied to", "framewatch-reports/demo")
  .action(async (options) => {
    const { demo } = await import("./cli/demo.js");
    exitCode = await demo(options);
  });

program
  .command("doctor")
  .description("Tell what this machine and these settings can do, and how to mend what is missing")
  .option("--json", "print findings as JSON")
  .action(async (options) => {
    const { doctor } = await import("./cli/doctor.js");
    exitCode = await doctor(options);
  });

const models = program.command("models").description("The models that measure frames");
models
  .command("list")
  .description("Name, version and signals of each model")
  .action(async () => {
    const { listModels } = await import("./cli/models.js");
    await listModels();
  });
models
  .command("verify")
  .description("Check each model against its manifest and its golden vectors")
  .action(async () => {
    const { verifyModels } = await import("./cli/models.js");
    await verifyModels();
  });

const policies = program.command("policies").description("What counts as a fault, and how grave it is");
policies
  .command("list")
  .description("The built-in policies")
  .action(async () => {
    const { listPolicies } = await import("./cli/policies.js");
    await listPolicies();
  });
policies
  .command("show")
  .description("A policy with all its defaults filled in")
  .argument("<name|file>")
  .action(async (policy: string) => {
    const { showPolicy } = await import("./cli/policies.js");
    await showPolicy(policy);
  });
policies
  .command("validate")
  .description("Check a policy file")
  .argument("<file>")
  .action(async (file: string) => {
    const { validatePolicy } = await import("./cli/policies.js");
    await validatePolicy(file);
  });

program
  .command("schema")
  .description("Print the JSON Schema of what goes in and comes out")
  .argument("<what>", "job, alert, report or policy; of the HTTP API streams or jobs")
  .addHelpText(
    "after",
    `
Example:
  framewatch schema report > report.schema.json`,
  )
  .action(async (what: string) => {
    const { printSchema } = await import("./cli/schema.js");
    printSchema(what);
  });

try {
  await program.parseAsync();
  process.exitCode = exitCode;
} catch (error) {
  process.exitCode = tell(error);
}

/** Says in one line what went wrong and what to do; returns the exit code. A fault of our own shows its stack. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof FramewatchError) {
    process.stderr.write(faultLine(error));
    return error.exitCode;
  }
  process.stderr.write(
    `framewatch: this is a fault of Framewatch: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 4;
}
