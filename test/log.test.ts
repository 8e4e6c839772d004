import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openLog, redact } from "../src/log.js";

/** Long enough, and of letters that no other part of the URLs below holds, so that finding it means a leak. */
const secret = fc
  .array(fc.constantFrom(..."QXZJ0123456789-._~!$*+=%".split("")), { minLength: 6, maxLength: 24 })
  .map((letters) => `ZQ${letters.join("")}`);
const scheme = fc.constantFrom("https", "http", "rtmp", "srt", "s3", "redis", "rediss", "HTTPS");

describe("redact", () => {
  test("leaves no secret of a URL in any text around it", () => {
    fc.assert(
      fc.property(
        scheme,
        secret,
        secret,
        secret,
        fc.constantFrom('"', "'", " ", "\n", ""),
        (name, user, password, query, end) => {
          const url = `${name}://${user}:${password}@host.example:80/path/clip.mp4?list=1&sig=${query}#${query}`;
          const shown = redact(`Opening ${end}${url}${end} for reading`);
          expect(shown).toContain("host.example:80/path/clip.mp4");
          for (const hidden of [user, password, query]) expect(shown).not.toContain(hidden);
        },
      ),
    );
  });

  test("keeps what is no secret as it is", () => {
    for (const text of ["s3://bucket/key@2x.png", "https://host:8080/a/b.m3u8", "frame 12 of 20 is late", "a=b", "what? no"]) {
      expect(redact(text)).toBe(text);
    }
  });

  test("takes out what signs webhooks", () => {
    expect(redact("key whsec_MfKQ9r8GKYqrTwjUPD8I/LPZIo2LaLaSw== is set")).toBe("key whsec_… is set");
  });

  test("takes the parameters out of a playlist's relative name", () => {
    expect(redact("Opening 'segment7.ts?token=abc123&part=2' for reading")).toBe(
      "Opening 'segment7.ts?token=…&part=…' for reading",
    );
  });

  test.each(["passphrase=abcdef123", "Authorization: Bearer abcdef123", '"password":"abcdef123"'])(
    "takes the value out of %s",
    (text) => {
      expect(redact(text)).not.toContain("abcdef123");
    },
  );
});

describe("openLog", () => {
  test("writes one JSON line per event, redacted in depth, an error's cause included", () => {
    const lines: string[] = [];
    const log = openLog("info", (line) => lines.push(line));
    const cause = new Error('GET "https://user:hunter2@host/x" failed');
    log.error(
      { err: new Error("read failed", { cause }), job: { source: "https://host/a?sig=hunter2" } },
      'said "https://host/?k=hunter2"',
    );
    log.debug("below the level");
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain("hunter2");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      job: { source: "https://host/a?…" },
      msg: 'said "https://host/?…"',
      err: { message: 'read failed: GET "https://host/x" failed' },
    });
  });
});
