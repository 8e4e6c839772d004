import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { type CommandEnd, runCommand } from "../support/command-line.js";
import { openWorld, type World } from "../support/service.js";

let folder: string;
let world: World;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-enqueue-"));
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

function enqueue(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  const settings = { ...world.aws.environment, FRAMEWATCH_QUEUE_URL: world.queue.url, FRAMEWATCH_OUTPUT: world.output };
  return runCommand(["enqueue", ...words], { cwd: folder, environment: { ...settings, ...environment } });
}

describe("framewatch enqueue", () => {
  it("sends the job message and prints its id alone", async () => {
    const words = [
      "s3://bucket/film one.mp4",
      "--profile",
      "fast",
      "--priority",
      "high",
      "--policy",
      "live-channel",
      "--label",
      "show=Morning",
      "desk=a=b",
      "--force",
    ];
    const { code, stdout, stderr } = await enqueue(words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [message] = await world.aws.drain(world.queue.url);
    expect(JSON.parse(message?.body ?? "")).toEqual({
      version: 1,
      id: stdout.trim(),
      source: "s3://bucket/film one.mp4",
      profile: "fast",
      priority: "high",
      policy: "live-channel",
      labels: { show: "Morning", desk: "a=b" },
      force: true,
    });
  });

  it("sends what is live, and what ends a job, to the live queue where there is one", async () => {
    const live = world.aws.queue();
    const environment = { FRAMEWATCH_LIVE_QUEUE_URL: live.url };
    const words = ["https://example.com/main.m3u8", "--mode", "live", "--stream", "Channel 1", "--id", "channel-1"];
    expect(await enqueue(words, environment)).toEqual({ code: 0, stdout: "channel-1\n", stderr: "" });
    expect(await enqueue(["srt://example.com:9000", "--id", "channel-2"], environment)).toMatchObject({ code: 0 });
    expect(await enqueue(["--cancel", "channel-1"], environment)).toEqual({ code: 0, stdout: "channel-1\n", stderr: "" });
    expect(world.aws.count(world.queue.url).visible).toBe(0);
    const bodies = (await world.aws.drain(live.url)).map(({ body }) => JSON.parse(body) as object);
    expect(bodies).toHaveLength(3);
    expect(bodies).toContainEqual({
      version: 1,
      id: "channel-1",
      source: "https://example.com/main.m3u8",
      mode: "live",
      stream: "Channel 1",
      labels: {},
    });
    expect(bodies).toContainEqual({ version: 1, action: "cancel", id: "channel-1" });

    expect(await enqueue(["--cancel", "film-1"])).toMatchObject({ code: 0 });
    const [message] = await world.aws.drain(world.queue.url);
    expect(JSON.parse(message?.body ?? "")).toEqual({ version: 1, action: "cancel", id: "film-1" });
  });

  it.each<[readonly string[], Readonly<Record<string, string>>, number, RegExp]>([
    [["s3://bucket/key"], { FRAMEWATCH_QUEUE_URL: "" }, 2, /FRAMEWATCH_QUEUE_URL is not set/],
    [["s3://bucket/key"], { AWS_REGION: "" }, 2, /AWS_REGION is not set/],
    [["s3://bucket/key", "--id", "a b"], {}, 2, /id: must be 1 to 128 letters/],
    [["s3://bucket/key", "--label", "show"], {}, 2, /A label is NAME=TEXT, not "show"/],
    [[], {}, 2, /Name an input, or a job to end/],
    [["--cancel", "a b"], {}, 2, /id: must be 1 to 128 letters/],
    [["s3://bucket/key", "--cancel", "a"], {}, 2, /--cancel takes the id of a job and nothing else/],
    [["--cancel", "a", "--wait"], {}, 2, /--cancel takes the id of a job and nothing else/],
    [["udp://239.0.0.1:5000", "--wait"], {}, 2, /--wait is for what has an end/],
    [["s3://bucket/key"], { AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, 4, /ECONNREFUSED/],
  ])("sends nothing it cannot send: %j with %j", async (words, environment, exitCode, said) => {
    const { code, stdout, stderr } = await enqueue(words, environment);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(/^framewatch: [^\n]+\n$/);
    expect(stderr).toMatch(said);
    expect(world.aws.count(world.queue.url).visible).toBe(0);
  });

  it("follows a job to its report with --wait and exits as check does, also when it is run anew", async () => {
    await world.start();
    const clip = await makeClip({ inputs: [movingPicture(), warble()], options: [...h264, "-c:a", "aac"], extension: "mp4" });
    const source = await world.upload("good.mp4", clip);

    const first = await enqueue([source, "--id", "waited-for", "--wait"]);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`^waited-for\nPASS  ${source}\n`));
    expect(first.stdout).toContain(`report: ${world.output}waited-for/report.html`);
    expect(first.stderr).toBe(`framewatch: waiting for ${world.output}waited-for/report.json\n`);
    await world.waitForAlert("waited-for", "framewatch.job.completed");

    expect((await enqueue([source, "--id", "waited-for", "--wait", "--force"])).code).toBe(0);
    expect((await world.report("waited-for"))?.job).toMatchObject({ run: 2 });

    expect(await enqueue([`s3://${world.bucket}/nothing.mp4`, "--wait"])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("source-not-found"),
    });
  });
});
