import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig, settings } from "../src/config.js";
import { isError } from "../src/errors.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "framewatch-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function yaml(content: string): string {
  const path = join(folder, "framewatch.yaml");
  writeFileSync(path, content);
  return path;
}

function refusal(environment: NodeJS.ProcessEnv, file?: string): string {
  try {
    loadConfig(environment, file === undefined ? {} : { file });
  } catch (error) {
    if (isError(error, "configuration")) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("loadConfig", () => {
  test("needs nothing: every setting has a default or is off", () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      output: "./framewatch-reports",
      httpHost: "127.0.0.1",
      httpPort: 9464,
      logLevel: "info",
      workDir: tmpdir(),
    });
    expect(config).toMatchObject({ allowHosts: [], allowLocal: [], allowOutputs: [], warnings: [] });
    expect(config.concurrency).toBeGreaterThanOrEqual(1);
    expect(config.liveStreams).toBeGreaterThanOrEqual(1);
    for (const off of [
      config.queueUrl,
      config.liveQueueUrl,
      config.topicArn,
      config.webhookUrl,
      config.webhookSecret,
      config.models,
      config.redisUrl,
    ])
      expect(off).toBeUndefined();
  });

  test("puts the environment before the file and the file before the default", () => {
    const path = yaml("httpPort: 9000\nconcurrency: 7\nallowHosts: [origin.internal]\n");
    const config = loadConfig({ FRAMEWATCH_CONFIG: path, FRAMEWATCH_HTTP_PORT: "9001" });
    expect(config).toMatchObject({ httpPort: 9001, concurrency: 7, allowHosts: ["origin.internal"], logLevel: "info" });
  });

  test("takes an empty variable as absent, as compose files give them", () => {
    expect(loadConfig({ FRAMEWATCH_TOPIC_ARN: "", FRAMEWATCH_HTTP_PORT: " " })).toMatchObject({
      topicArn: undefined,
      httpPort: 9464,
    });
  });

  test("splits lists by their own separator", () => {
    const config = loadConfig({
      FRAMEWATCH_ALLOW_LOCAL: "/media/a:/media/b",
      FRAMEWATCH_ALLOW_HOSTS: "127.0.0.1:9000, 10.0.0.0/8,[::1]:80,fd00::/8,::1",
      FRAMEWATCH_ALLOW_OUTPUTS: "s3://one/a/,s3://two/",
    });
    expect(config.allowLocal).toEqual(["/media/a", "/media/b"]);
    expect(config.allowHosts).toEqual(["127.0.0.1:9000", "10.0.0.0/8", "[::1]:80", "fd00::/8", "::1"]);
    expect(config.allowOutputs).toEqual(["s3://one/a/", "s3://two/"]);
  });

  test.each(["reports", "/var/reports", "file:///var/reports/", "s3://bucket", "s3://bucket/a/b/"])(
    "takes %s as an output",
    (output) => {
      expect(loadConfig({ FRAMEWATCH_OUTPUT: output }).output).toBe(output);
    },
  );

  test.each([
    ["FRAMEWATCH_WEBHOOK_SECRET", "topsecret"],
    ["FRAMEWATCH_WEBHOOK_SECRET", "whsec_topsecret"],
    ["FRAMEWATCH_WEBHOOK_URL", "https://user:topsecret@host.example/hook"],
    ["FRAMEWATCH_WEBHOOK_URL", "ftp://host.example/topsecret"],
    ["FRAMEWATCH_WEBHOOK_URL", "topsecret"],
  ])("refuses %s without showing what it holds", (name, value) => {
    expect(refusal({ [name]: value })).toContain(`${name} is wrong`);
    expect(refusal({ [name]: value })).not.toContain("topsecret");
  });

  test("accepts the example of every setting", () => {
    for (const setting of Object.values(settings)) {
      expect(() => loadConfig({ [setting.environment]: setting.example }), setting.environment).not.toThrow();
    }
  });

  test.each([
    ["FRAMEWATCH_HTTP_PORT", "ninety"],
    ["FRAMEWATCH_HTTP_PORT", "65536"],
    ["FRAMEWATCH_CONCURRENCY", "0"],
    ["FRAMEWATCH_LIVE_STREAMS", "0"],
    ["FRAMEWATCH_QUEUE_URL", "my-queue"],
    ["FRAMEWATCH_TOPIC_ARN", "arn:aws:sqs:eu-west-1:123456789012:queue"],
    ["FRAMEWATCH_OUTPUT", "ftp://host/reports/"],
    ["FRAMEWATCH_OUTPUT", "s3://"],
    ["FRAMEWATCH_LOG_LEVEL", "loud"],
    ["FRAMEWATCH_ALLOW_HOSTS", "http://origin"],
    ["FRAMEWATCH_ALLOW_HOSTS", "10.0.0.0/33"],
    ["FRAMEWATCH_ALLOW_HOSTS", "10.0.0/8"],
    ["FRAMEWATCH_ALLOW_HOSTS", "fd00::/129"],
    ["FRAMEWATCH_ALLOW_HOSTS", "origin:65536"],
    ["FRAMEWATCH_ALLOW_HOSTS", "[::1]:0"],
    ["FRAMEWATCH_ALLOW_HOSTS", "1:2:3"],
    ["REDIS_URL", "localhost:6379"],
  ])("refuses %s=%s and says what is allowed", (name, value) => {
    const message = refusal({ [name]: value });
    const setting = Object.values(settings).find(({ environment }) => environment === name);
    expect(message).toContain(name);
    expect(message).toContain(value);
    expect(message).toContain(setting?.allowed);
  });

  test("refuses a wrong value in the file by the name it has there", () => {
    expect(refusal({}, yaml("httpPort: true\n"))).toMatch(/^httpPort in .*framewatch\.yaml is true; allowed is a whole number/);
  });

  test("says that a list in the file is a YAML list, where it holds the text that the variable would", () => {
    expect(refusal({}, yaml("allowHosts: a,b\n"))).toContain("In the file it is a YAML list");
  });

  test("refuses a setting that the file misspells and suggests the right one", () => {
    expect(refusal({}, yaml("queueURL: x\n"))).toContain('there is no setting "queueURL". Did you mean "queueUrl"?');
  });

  test.each([
    ["a broken file", "httpPort: [1\n"],
    ["a file that holds a list", "- 1\n"],
  ])("refuses %s", (_, content) => {
    expect(refusal({}, yaml(content))).toContain("framewatch.yaml");
  });

  test("refuses a file that is not there", () => {
    expect(refusal({ FRAMEWATCH_CONFIG: join(folder, "none.yaml") })).toContain("none.yaml");
  });

  test("warns of a variable that means nothing, and goes on, because Kubernetes sets some of our prefix", () => {
    const { warnings } = loadConfig({ FRAMEWATCH_QUEUE: "x", FRAMEWATCH_SERVICE_HOST: "10.0.0.1", FRAMEWATCH_CORPUS: "/clips" });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toBe('FRAMEWATCH_QUEUE is no setting and means nothing. Did you mean "FRAMEWATCH_QUEUE_URL"?');
  });

  test("keeps the password of a refused URL out of the message", () => {
    expect(refusal({ REDIS_URL: "http://user:hunter2@cache:6379" })).not.toContain("hunter2");
  });
});
