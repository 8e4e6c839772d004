import { describe, expect, it } from "vitest";
import type { Severity } from "../../src/analyzers/defect.js";
import { loadPolicy } from "../../src/analyzers/policy.js";
import { verdictOf } from "../../src/analyzers/verdict.js";

const policy = loadPolicy("default");

function verdict(severities: readonly Severity[], facts: { complete?: boolean; judged?: boolean } = {}) {
  return verdictOf({ defects: severities.map((severity) => ({ severity })), complete: true, judged: true, policy, ...facts });
}

describe("the verdict", () => {
  it("passes media without defects, and with facts only", () => {
    expect(verdict([])).toBe("pass");
    expect(verdict(["info", "info"])).toBe("pass");
  });

  it("warns of a warning", () => expect(verdict(["info", "warning"])).toBe("warn"));

  it("fails on an error or worse", () => {
    expect(verdict(["warning", "error"])).toBe("fail");
    expect(verdict(["critical"])).toBe("fail");
  });

  it("fails incomplete media", () => expect(verdict([], { complete: false })).toBe("fail"));

  it("is an error when nothing could be judged, complete or not", () => {
    expect(verdict([], { judged: false })).toBe("error");
    expect(verdict(["error"], { judged: false, complete: false })).toBe("error");
  });

  it("follows the policy's own rule", () => {
    const strict = loadPolicy({ version: 1, name: "strict", verdict: { failFrom: "warning", warnFrom: "info" } });
    const judgement = { complete: true, judged: true, policy: strict };
    expect(verdictOf({ ...judgement, defects: [{ severity: "warning" }] })).toBe("fail");
    expect(verdictOf({ ...judgement, defects: [{ severity: "info" }] })).toBe("warn");
  });
});
