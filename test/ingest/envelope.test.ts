import { PublishCommand } from "@aws-sdk/client-sns";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMessage } from "../../src/ingest/envelope.js";
import { openAws } from "../support/aws.js";

/** A record as S3 sends it, byte for byte but for the account. */
function s3Record(key: string, eventName = "ObjectCreated:Put") {
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "eu-west-1",
    eventTime: "2026-04-12T20:43:38.021Z",
    eventName,
    userIdentity: { principalId: "AWS:AIDAINPONIXQXHT3IKHL2" },
    // What a client in a dual-stack network has as address.
    requestParameters: { sourceIPAddress: "2001:db8::1" },
    responseElements: { "x-amz-request-id": "YMSSR8BZJ2Y99K6P", "x-amz-id-2": "6ASrUfj5xpn859fIq" },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "new film",
      bucket: { name: "media", ownerIdentity: { principalId: "A1YQ72UWCM96UF" }, arn: "arn:aws:s3:::media" },
      object: { key, size: 104681, eTag: "2e3ad1e983318bbd8e73b080e2997980", sequencer: "00643717F9F8B85354" },
    },
  };
}

const s3Event = (...keys: string[]) => JSON.stringify({ Records: keys.map((key) => s3Record(key)) });

function bridgeEvent(key: string, type = "Object Created") {
  return JSON.stringify({
    version: "0",
    id: "f5f1e65c-dc3a-93ca-6c1e-b1647eac7963",
    "detail-type": type,
    source: "aws.s3",
    account: "123456789012",
    time: "2026-03-08T17:50:14Z",
    region: "eu-west-1",
    resources: ["arn:aws:s3:::media"],
    detail: {
      version: "0",
      bucket: { name: "media" },
      object: { key, size: 184662, etag: "4e68adba0abe2dc8653dc3354e14c01d", sequencer: "006408CAD69598B05E" },
      "request-id": "57H08PA84AB1JZW0",
      requester: "123456789012",
      "source-ip-address": "34.252.34.74",
      reason: "PutObject",
    },
  });
}

function sources(body: string, outputs?: string[]) {
  const parsed = parseMessage(body, outputs);
  return parsed.kind === "jobs" ? parsed.jobs.map(({ source }) => source) : parsed;
}

describe("a queue message", () => {
  it("may be a job", () => {
    expect(parseMessage('{"version": 1, "id": "a", "source": "https://example.com/a.mp4"}')).toMatchObject({
      kind: "jobs",
      jobs: [{ id: "a", source: "https://example.com/a.mp4" }],
    });
  });

  it("keeps the key of an s3 source as it is", () => {
    expect(sources('{"source": "s3://media/a+b%20c.mp4"}')).toEqual(["s3://media/a+b%20c.mp4"]);
  });

  it("may end a job", () => {
    expect(parseMessage('{"version": 1, "action": "cancel", "id": "a"}')).toEqual({ kind: "cancel", id: "a" });
    expect(parseMessage('{"version": 1, "action": "cancle", "id": "a"}')).toMatchObject({ kind: "rejected", jobId: "a" });
  });

  it("may be an event of S3 with several records, whose keys are decoded", () => {
    expect(sources(s3Event("red+flower.mp4", "100%25+%C3%BC%2Bb%2Fc.mp4"))).toEqual([
      "s3://media/red flower.mp4",
      "s3://media/100% ü+b/c.mp4",
    ]);
  });

  it("may be an event that EventBridge brings, whose key is as it is", () => {
    expect(sources(bridgeEvent("red+flower%20.mp4"))).toEqual(["s3://media/red+flower%20.mp4"]);
  });

  it("may come wrapped by SNS", async () => {
    const aws = await openAws();
    try {
      const topic = aws.topic();
      const inner = ['{"source":"s3://media/a b.mp4"}', s3Event("a+b.mp4"), bridgeEvent("a b.mp4")];
      for (const message of inner) await aws.sns.send(new PublishCommand({ TopicArn: topic.arn, Message: message }));
      const bodies = (await aws.drain(topic.subscriptionUrl)).map(({ body }) => body);
      expect(bodies.map((body) => sources(body))).toEqual(inner.map(() => ["s3://media/a b.mp4"]));
      expect(JSON.parse(bodies[0] ?? "")).toHaveProperty("TopicArn", topic.arn);
    } finally {
      await aws.close();
    }
  });

  it.each([
    [
      "S3's test event",
      '{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-01T00:00:00.000Z","Bucket":"media","HostId":"2"}',
    ],
    ["the removal of an object", JSON.stringify({ Records: [s3Record("a", "ObjectRemoved:Delete")] })],
    ["the tagging of an object, by EventBridge", bridgeEvent("a", "Object Tags Added")],
  ])("is ignored when it is %s", (_name, body) => {
    expect(parseMessage(body).kind).toBe("ignored");
  });

  it("gives the created objects only, where an event holds others too", () => {
    const body = JSON.stringify({
      Records: [s3Record("a", "ObjectRemoved:Delete"), s3Record("b", "ObjectCreated:CompleteMultipartUpload")],
    });
    expect(sources(body)).toEqual(["s3://media/b"]);
  });

  it("is ignored when its objects lie under an output of ours", () => {
    expect(parseMessage(s3Event("reports/a/evidence/1.jpg"), ["s3://media/reports"]).kind).toBe("ignored");
    expect(sources(s3Event("reports/a.html", "reports-of-others/a.mp4"), ["s3://media/reports/"])).toEqual([
      "s3://media/reports-of-others/a.mp4",
    ]);
  });
});

describe("a message that can never be a job", () => {
  it.each([
    ["no JSON", "hello", /no JSON/],
    ["no object", "[]", /source|message|field/],
    ["a number", "1", /no JSON object/],
    ["an unknown field", '{"source":"s3://a/b","sauce":1}', /"sauce"/],
    ["a key for the prototype", '{"source":"s3://a/b","labels":{"__proto__":{"a":1}}}', /__proto__/],
    ["too deep", `{"source":"s3://a/b","policy":${'{"a":'.repeat(50)}1${"}".repeat(50)}}`, /nested deeper/],
    ["half a million brackets", "[".repeat(500_000) + "]".repeat(500_000), /nested deeper/],
    ["larger than a message", `{"source":"${"x".repeat(1_048_576)}"}`, /1 MiB/],
    ["an event of something else", '{"Records":[{"eventSource":"aws:sqs"}]}', /S3 event with a wrong Records.0/],
    ["a key that is not encoded", s3Event("100%"), /URL-encoded/],
  ])("is rejected with a reason: %s", (_name, body, reason) => {
    const parsed = parseMessage(body);
    expect(parsed).toMatchObject({ kind: "rejected", code: "job-invalid", reason: expect.stringMatching(reason) });
    expect(parsed).toMatchObject({ jobId: expect.stringMatching(/^rejected-[0-9a-f]{32}$/) });
    expect(parseMessage(body)).toEqual(parsed);
  });

  it("keeps the id where one can be read", () => {
    expect(parseMessage('{"id":"a.b","source":7}')).toMatchObject({ kind: "rejected", jobId: "a.b" });
    expect(parseMessage('{"id":"../a","source":"s3://a/b"}')).toMatchObject({
      jobId: expect.stringMatching(/^rejected-/),
      source: "s3://a/b",
    });
  });

  it("never throws, never grows the reason and never touches a prototype, whatever the body", () => {
    const keys = fc.constantFrom(
      "source",
      "id",
      "version",
      "action",
      "labels",
      "policy",
      "Records",
      "Type",
      "Message",
      "TopicArn",
      "Event",
      "detail",
      "detail-type",
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "s3",
      "bucket",
      "object",
      "key",
      "eventName",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom("aws.s3", "Notification", "s3:TestEvent", "cancel", "ObjectCreated:Put"),
        fc.string(),
        fc.double(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        tie("object"),
      ),
      object: fc.array(fc.tuple(fc.oneof(keys, fc.string()), tie("value")), { maxLength: 6 }).map((entries) =>
        // JSON text by hand: only so does `__proto__` get into it.
        ({ toJSON: () => Object.fromEntries(entries.map(([key, inner]) => [key === "__proto__" ? "\u0000proto" : key, inner])) }),
      ),
    }));
    const bodies = fc.oneof(
      fc.string(),
      value.map((content) => (JSON.stringify(content) ?? "").replaceAll("\\u0000proto", "__proto__")),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const parsed = parseMessage(body);
        expect(["jobs", "cancel", "ignored", "rejected"]).toContain(parsed.kind);
        if (parsed.kind === "rejected") expect(parsed.reason.length).toBeLessThan(2500);
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
