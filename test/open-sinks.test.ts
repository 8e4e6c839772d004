import { describe, expect, test } from "vitest";
import { loadConfig, settings } from "../src/config.js";
import { openSinks } from "../src/open-sinks.js";

const topic = { FRAMEWATCH_TOPIC_ARN: settings.topicArn.example, AWS_REGION: "eu-west-1" };
const url = { FRAMEWATCH_WEBHOOK_URL: settings.webhookUrl.example };
const secret = { FRAMEWATCH_WEBHOOK_SECRET: settings.webhookSecret.example };

function namesOf(environment: NodeJS.ProcessEnv): string[] {
  const sinks = openSinks(loadConfig(environment));
  for (const sink of sinks) sink.close();
  return sinks.map(({ name }) => name);
}

describe("the sinks that the settings name", () => {
  test.each([
    [{}, ["stdout"]],
    [topic, ["sns"]],
    [{ ...url, ...secret }, ["webhook"]],
    [{ ...topic, ...url, ...secret }, ["sns", "webhook"]],
    [secret, ["stdout"]],
  ])("of %o are %j", (environment, names) => {
    expect(namesOf(environment)).toEqual(names);
  });

  test("are none where a webhook has no secret: nothing is sent unsigned", () => {
    expect(() => namesOf(url)).toThrow(/FRAMEWATCH_WEBHOOK_SECRET is not set/);
  });
});
