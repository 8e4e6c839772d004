import { describe, expect, test } from "vitest";
import { alertJsonSchema, displaySource } from "../../src/notifier/index.js";
import { incidentKey } from "../../src/notifier/incident.js";
import { exampleDefect, exampleJob } from "./examples.js";

describe("the source as people may see it", () => {
  test.each([
    ["https://user:password@host/path/film.mp4?signature=x#y", "https://host/path/film.mp4"],
    ["https://host?token=x", "https://host"],
    ["srt://user@host:9000?passphrase=x", "srt://host:9000"],
    ["rtmp://host/app/@handle", "rtmp://host/app/@handle"],
    ["https:\\\\user:password@host\\film", "https:\\\\host\\film"],
    ["s3://key:secret@bucket/film", "s3://bucket/film"],
    ["s3://bucket/is it?#1 @home.mp4", "s3://bucket/is it?#1 @home.mp4"],
    ["/films/what?.mp4", "/films/what?.mp4"],
    ["file:///films/what?.mp4", "file:///films/what?.mp4"],
  ])("%s", (source, shown) => expect(displaySource(source)).toBe(shown));
});

test("an incident key is short enough for paging tools, and the same for the same source", () => {
  const job = { ...exampleJob, source: `s3://bucket/${"long/".repeat(200)}film.mp4` };
  const key = incidentKey(job, exampleDefect());
  expect(key).toHaveLength(64 + " black video:0".length);
  expect(incidentKey(job, exampleDefect({ id: "another", startSeconds: 50 }))).toBe(key);
  expect(incidentKey(job, exampleDefect({ track: 1 }))).not.toBe(key);
});

test("alerts have a JSON Schema that lets further fields come", () => {
  expect(alertJsonSchema()).toMatchObject({
    type: "object",
    required: expect.arrayContaining(["specversion", "id", "source", "type", "data"]),
  });
  expect(JSON.stringify(alertJsonSchema())).not.toContain('"additionalProperties":false');
});
