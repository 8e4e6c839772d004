import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { contractDefectTypes, defectTypesNotBuilt } from "../../src/analyzers/defect-types.js";
import { detectors } from "../../src/analyzers/detectors/index.js";
import { builtInPolicies, loadPolicy, policyHash, policyJsonSchema } from "../../src/analyzers/policy.js";
import { isError } from "../../src/errors.js";

const brokenFolder = fileURLToPath(new URL("../policies/", import.meta.url));

function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    if (isError(error, "configuration")) return error.message;
    throw error;
  }
  throw new Error("The policy was accepted.");
}

const faults: Readonly<Record<string, string>> = {
  "misspelt-detector.yaml": 'line 4, column 3: There is no defect type "blck". Did you mean "black"?',
  "misspelt-parameter.yaml": 'line 6, column 7: "black" has no parameter "minimumSecond". Did you mean "minimumSeconds"?',
  "wrong-type.yaml":
    'line 6, column 23: detectors.freeze.parameters.minimumSeconds: Invalid input: expected number, received string (it holds "three")',
  "out-of-range.yaml":
    "line 5, column 37: detectors.black.parameters.minimumDarkRatio: Too big: expected number to be <=1 (it holds 98)",
  "unknown-severity.yaml":
    'line 4, column 24: detectors.silence.severity: Invalid option: expected one of "info"|"warning"|"error"|"critical" (it holds "fatal")',
  "unknown-version.yaml": "line 1, column 10: version: Invalid input: expected 1 (it holds 2)",
  "missing-name.yaml": "line 1, column 1: name: Invalid input: expected string, received undefined (it is missing)",
  "unknown-field.yaml":
    'line 3, column 1: There is no field "thresholds". Allowed: version, name, description, standard, detectors, ignoredRegions, maintenance, verdict.',
  "maintenance-order.yaml": 'line 5, column 12: maintenance.0.until: must be after `from` (it holds "2026-11-21T02:00:00Z")',
  "maintenance-time-zone.yaml":
    'line 6, column 15: maintenance.0.timeZone: is no time zone of the IANA database, such as Europe/Berlin or UTC (it holds "Berlin")',
  "maintenance-time.yaml":
    'line 4, column 11: maintenance.0.from: must be a time of RFC 3339 with its offset (2026-11-21T02:00:00Z) or a time of day (02:00) (it holds "2 am")',
  "maintenance-zone-missing.yaml": "maintenance.0.timeZone: must be said where `from` is a time of day (it is missing)",
  "not-yaml.yaml": "line 4, column 1: ",
  "duplicate-detector.yaml": "line 5, column 3: Map keys must be unique",
  "empty.yaml": "The policy: Invalid input: expected object, received null (it holds null)",
  "wrong-value.json":
    'line 4, column 40: detectors.black.enabled: Invalid input: expected boolean, received string (it holds "yes")',
};

describe("a broken policy", () => {
  it("has a test for each broken file", () => expect(readdirSync(brokenFolder).sort()).toEqual(Object.keys(faults).sort()));

  for (const [file, fault] of Object.entries(faults)) {
    it(`is refused with its fault and place: ${file}`, () => {
      const message = messageOf(() => loadPolicy(join(brokenFolder, file)));
      expect(message).toContain(file);
      expect(message).toContain(fault);
    });
  }

  it.each(defectTypesNotBuilt.slice(0, 1))(
    "is refused when it gives %s, which no detector finds yet, a parameter",
    async (type) => {
      const folder = await mkdtemp(join(tmpdir(), "framewatch-policy-"));
      try {
        const file = join(folder, "mine.yaml");
        await writeFile(file, `version: 1\nname: mine\ndetectors:\n  ${type}:\n    parameters: { maximumWidth: 3 }\n`);
        expect(messageOf(() => loadPolicy(file))).toContain(
          `line 5, column 19: "${type}" has no detector yet, so it has no parameter "maximumWidth".`,
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );

  it("is refused when it is inline", () => {
    const message = messageOf(() => loadPolicy({ version: 1, name: "mine", detectors: { silenc: {} } }));
    expect(message).toBe('inline policy mine: There is no defect type "silenc". Did you mean "silence"?');
  });

  it("names every fault at once", () => {
    const message = messageOf(() => loadPolicy({ version: 3, name: "mine", detectors: { blck: {}, silenc: {} } }));
    expect(message.split("; ")).toHaveLength(3);
  });

  it("is refused when it names no built-in policy", () => {
    expect(messageOf(() => loadPolicy("defalt"))).toBe(
      'There is no policy "defalt". Did you mean "default"? Built in: archive, broadcast-atsc, broadcast-ebu, default, live-channel, streaming. A file is named by its path, such as ./defalt.yaml.',
    );
  });

  it("is refused when a name without path is no built-in policy, even if a file is called so", () => {
    expect(messageOf(() => loadPolicy("LICENSE"))).toContain('There is no policy "LICENSE".');
  });

  it("is refused when its file cannot be read", () => {
    expect(messageOf(() => loadPolicy("./nowhere.yaml"))).toMatch(/^The policy \.\/nowhere\.yaml cannot be read: .*ENOENT/);
  });

  it("does not unfold aliases without end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "framewatch-policy-"));
    try {
      const levels = Array.from({ length: 12 }, (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index}, `.repeat(9)}]`);
      await writeFile(join(folder, "bomb.yaml"), ["l0: &l0 [a]", ...levels].join("\n"));
      expect(messageOf(() => loadPolicy(join(folder, "bomb.yaml")))).toContain("alias");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("a policy", () => {
  it("comes built in", () => {
    const files = readdirSync(new URL("../../src/analyzers/policies/", import.meta.url)).map((file) =>
      file.replace(/\.yaml$/, ""),
    );
    expect(builtInPolicies).toEqual(files.sort());
    for (const name of builtInPolicies) expect(loadPolicy(name).name).toBe(name);
  });

  it("gives every defect type of the contract a severity", () => {
    const { detectors: rules } = loadPolicy("default");
    expect(Object.keys(rules)).toEqual([...contractDefectTypes]);
    const ofSeverity = (severity: string) => contractDefectTypes.filter((type) => rules[type]?.severity === severity).sort();
    expect(ofSeverity("error")).toEqual(
      [
        ...["decode-error", "timestamp-gap", "stall", "block-corruption", "solid-color", "flash", "channel-missing"],
        ...["duration-mismatch", "av-sync", "content-mismatch", "transport", "manifest", "dropout"],
      ].sort(),
    );
    expect(ofSeverity("info")).toEqual(["banding", "dual-mono", "exposure", "ghosting", "letterbox", "levels"]);
    expect(ofSeverity("critical")).toEqual([]);
  });

  it("raises what stops a live channel to critical", () => {
    const { detectors: rules } = loadPolicy("live-channel");
    for (const type of ["black", "freeze", "silence", "stall"]) expect(rules[type]?.severity).toBe("critical");
    expect(rules["decode-error"]?.severity).toBe("error");
  });

  it("fills in what it does not say: defaults of the detectors, severities of `default`", () => {
    const policy = loadPolicy({
      version: 1,
      name: "mine",
      detectors: { black: { parameters: { minimumSeconds: 5 } }, freeze: { enabled: false } },
    });
    expect(policy.detectors["black"]).toEqual({
      allowed: [],
      enabled: true,
      severity: "warning",
      parameters: { minimumSeconds: 5, minimumDarkRatio: 0.98 },
    });
    expect(policy.detectors["freeze"]?.enabled).toBe(false);
    for (const type of defectTypesNotBuilt)
      expect(policy.detectors[type]).toEqual({
        allowed: [],
        enabled: true,
        severity: loadPolicy("default").detectors[type]?.severity,
        parameters: {},
      });
    expect(policy.verdict).toEqual({ failFrom: "error", warnFrom: "warning" });
  });

  it("says when a live stream is worked on: once, or every day where the people are", () => {
    const maintenance = [
      { from: "2026-11-21T02:00:00Z", until: "2026-11-21T04:00:00+01:00" },
      { from: "23:30", until: "01:00", timeZone: "Europe/Berlin" },
    ];
    expect(loadPolicy({ version: 1, name: "mine", maintenance }).maintenance).toEqual(maintenance);
    expect(loadPolicy("default").maintenance).toEqual([]);
  });

  it("is read from a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "framewatch-policy-"));
    try {
      const path = join(folder, "mine.json");
      await writeFile(path, JSON.stringify({ version: 1, name: "mine", detectors: { silence: { severity: "error" } } }));
      expect(loadPolicy(path).detectors["silence"]?.severity).toBe("error");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("has a JSON Schema that describes every parameter", () => {
    const text = JSON.stringify(policyJsonSchema());
    for (const { parameters } of detectors) {
      for (const name of Object.keys(parameters.shape)) expect(text).toContain(`"${name}":{`);
    }
    expect(text).toContain("Shortest black that counts");
  });
});

describe("the hash of a policy", () => {
  const mine = (rest: object = {}) => policyHash(loadPolicy({ version: 1, name: "mine", ...rest }));

  it("is SHA-256 and the same for what does the same", () => {
    expect(mine()).toMatch(/^[0-9a-f]{64}$/);
    expect(mine({ description: "in other words", detectors: { black: { parameters: { minimumSeconds: 2 } } } })).toBe(mine());
    expect(mine({ maintenance: [{ from: "02:00", until: "04:00", timeZone: "UTC" }] })).toBe(mine());
    expect(mine({ detectors: { black: {}, freeze: { severity: "warning" } } })).toBe(
      mine({ detectors: { freeze: {}, black: {} } }),
    );
  });

  it("differs for what does something else", () => {
    const others = [
      mine({ detectors: { black: { parameters: { minimumSeconds: 3 } } } }),
      mine({ detectors: { black: { severity: "error" } } }),
      mine({ detectors: { black: { enabled: false } } }),
      mine({ verdict: { failFrom: "critical" } }),
      policyHash(loadPolicy("default")),
    ];
    expect(new Set([mine(), ...others]).size).toBe(6);
  });
});

describe("the list of defect types", () => {
  it("is made of those that a detector finds and those that none finds yet", () => {
    const built = detectors.map(({ type }) => type);
    expect([...built, ...defectTypesNotBuilt].sort()).toEqual([...contractDefectTypes].sort());
  });
});
