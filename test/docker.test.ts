import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DCLinter } from "dclint";
import { validate } from "dockerfile-utils";
import { startFauxqs } from "fauxqs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configFileVariable, loadConfig, settings } from "../src/config.js";
import { openMetrics } from "../src/metrics.js";

const repository = resolve(import.meta.dirname, "..");
const folder = join(repository, "docker");
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const dockerfile = read("Dockerfile");

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      build: z.object({ target: z.string() }).optional(),
      environment: z.record(z.string(), z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      ports: z.array(z.string()).optional(),
    }),
  ),
});
const compose = composeSchema.parse(parse(read("compose.yaml")));

describe("the Dockerfile", () => {
  test("has no fault that can be seen without building it", () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  test("copies only what is there and what its ignore file lets through", () => {
    const letThrough = read("Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words]) =>
      (words ?? "").split(" ").slice(0, -1),
    );
    expect(copies).toContain("src");
    for (const path of copies) {
      expect(existsSync(join(repository, path)), path).toBe(true);
      expect(
        letThrough.some((allowed) => allowed === path || allowed.startsWith(`${path}/`)),
        path,
      ).toBe(true);
    }
  });

  test.each(["cpu", "cuda"])("runs %s as a user without rights, under tini, with a health check", (target) => {
    const stage = dockerfile.split(/^FROM /m).find((part) => part.split("\n")[0]?.endsWith(` AS ${target}`));
    expect(stage).toMatch(/^USER 1000:1000$/m);
    expect(stage).toMatch(/^ENTRYPOINT \["tini", "--", "framewatch"\]$/m);
    expect(stage).toMatch(/^HEALTHCHECK .*\/healthz/m);
    expect(stage).toContain("org.opencontainers.image.licenses");
  });

  test("asks the NVIDIA runtime for video, without which there is no NVDEC", () => {
    expect(dockerfile).toContain("NVIDIA_DRIVER_CAPABILITIES=video,compute,utility");
  });
});

describe("the local stack", () => {
  test("has no fault that a linter of compose files sees", () => {
    const rules = { "service-keys-order": 0, "services-alphabetical-order": 0, "require-quotes-in-ports": 0 } as const;
    const findings = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles(
      [join(folder, "compose.yaml")],
      false,
    );
    expect(findings).toEqual([expect.objectContaining({ messages: [] })]);
  });

  test("uses stages and files that there are", () => {
    for (const { build, volumes = [] } of Object.values(compose.services)) {
      if (build !== undefined) expect(dockerfile).toMatch(new RegExp(`^FROM .* AS ${build.target}$`, "m"));
      for (const volume of volumes) expect(existsSync(join(folder, volume.split(":")[0] ?? "")), volume).toBe(true);
    }
  });

  test("publishes its ports to this machine only", () => {
    for (const { ports = [] } of Object.values(compose.services))
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("sets only settings that exist, to values that are allowed", () => {
    const environment = compose.services["framewatch"]?.environment ?? {};
    const known = [...Object.values(settings).map((setting) => setting.environment), configFileVariable];
    for (const name of Object.keys(environment).filter((one) => !one.startsWith("AWS_"))) expect(known).toContain(name);
    expect(loadConfig(environment)).toMatchObject({ output: "s3://reports/", redisUrl: "redis://redis:6379", warnings: [] });
  });

  test("finds in its emulator the queue with a dead-letter queue that Framewatch is told of", async () => {
    const host = /FAUXQS_HOST=(\S+)/.exec(dockerfile)?.[1] ?? "";
    const aws = await startFauxqs({ port: 0, logger: false, host, init: join(folder, "aws.json") });
    const endpoint = `http://127.0.0.1:${aws.port}`;
    const client = new SQSClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      useQueueUrlAsEndpoint: false,
    });
    try {
      // The emulator takes the queue's URL literally; only the port differs here.
      const queueUrl = compose.services["framewatch"]?.environment?.["FRAMEWATCH_QUEUE_URL"]?.replace(":4566", `:${aws.port}`);
      const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] });
      const { Attributes } = await client.send(command);
      expect(Attributes?.["RedrivePolicy"]).toContain("framewatch-dead");
    } finally {
      client.destroy();
      await aws.stop();
    }
  });
});

/** The metrics of ours that an expression names, as registered: a histogram's series end in _bucket, _sum, _count. */
function metricsIn(text: string): string[] {
  return [...text.matchAll(/\bframewatch_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ""));
}

describe("what watches Framewatch", () => {
  const rules = z
    .object({
      groups: z.array(
        z.object({
          rules: z.array(z.object({ alert: z.string(), expr: z.string(), annotations: z.record(z.string(), z.string()) })),
        }),
      ),
    })
    .parse(parse(read("alerts.yaml")))
    .groups.flatMap((group) => group.rules);
  const dashboard = z
    .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) })
    .parse(JSON.parse(read("dashboard.json")));

  test("names only metrics that are registered", async () => {
    const registered = await openMetrics().text();
    const expressions = [
      ...rules.map(({ expr }) => expr),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    const names = new Set(expressions.flatMap(metricsIn));
    expect(names.size).toBeGreaterThan(10);
    for (const name of names) expect(registered).toContain(`# TYPE ${name} `);
  });

  test("sends whoever is woken to a page that exists", () => {
    for (const { alert, annotations } of rules) {
      const [page = "", anchor = ""] = (annotations["runbook"] ?? "").split("#");
      const headings = [...readFileSync(join(repository, page), "utf8").matchAll(/^#+ (.+)$/gm)];
      const anchors = headings.map(([, title = ""]) =>
        title
          .toLowerCase()
          .replace(/[^\w\s-]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(anchors, alert).toContain(anchor);
    }
  });

  test("is scraped by the name that its rules expect", () => {
    const { scrape_configs: scrapes } = z
      .object({ scrape_configs: z.array(z.object({ job_name: z.string() })) })
      .parse(parse(read("prometheus.yaml")));
    expect(scrapes.map(({ job_name: name }) => name)).toEqual(["framewatch"]);
  });
});
