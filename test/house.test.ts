import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { contractDefectTypes, defectTypesNotBuilt } from "../src/analyzers/defect-types.js";
import { detectors } from "../src/analyzers/detectors/index.js";
import { loadModels, measurerOf } from "../src/analyzers/inference/manifest.js";
import { loadPolicy } from "../src/analyzers/policy.js";
import {
  captionMeasurers,
  manifestMeasurers,
  pictureMeasurers,
  soundMeasurers,
  stillMeasurers,
  transportMeasurers,
} from "../src/analyzers/signals/index.js";
import { settings } from "../src/config.js";
import { errorTable } from "../src/errors.js";
import { parseJob } from "../src/ingest/job.js";
import { metricTable } from "../src/metrics.js";
import { loadPlanters } from "./accuracy/planters.js";

const repository = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(repository, path), "utf8");
const here = (path: string) => existsSync(join(repository, path));

/** Paths of the files under a folder, relative to the repository. */
function filesUnder(folder: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(repository.length + 1));
}

describe("defect types", () => {
  test("are those of the contract: each has a detector or waits on the list, none both", () => {
    const built = detectors.map(({ type }) => type);
    expect(
      defectTypesNotBuilt.filter((type) => built.includes(type)),
      "take what has a detector out of defectTypesNotBuilt in src/analyzers/defect-types.ts",
    ).toEqual([]);
    expect([...built, ...defectTypesNotBuilt].sort()).toEqual([...contractDefectTypes].sort());
  });

  test.each(detectors.map((detector) => [detector.type, detector] as const))(
    "%s has a file, a test and a place in the documents",
    (type, detector) => {
      expect(here(`src/analyzers/detectors/${type}.ts`)).toBe(true);
      expect(here(`test/analyzers/detectors/${type}.test.ts`)).toBe(true);
      expect(read("docs/detectors.md")).toContain(`\n## ${type}\n`);
      expect(detector.version).toMatch(/^\d+\.\d+\.\d+$/);
    },
  );

  /** A planter plants into one clip: what is said of two it cannot plant. */
  const withoutPlanter: readonly string[] = ["quality-drop", "content-mismatch", "delay"];

  test.each(detectors.map(({ type }) => type).filter((type) => !withoutPlanter.includes(type)))(
    "%s has a planter in test/accuracy/plant, with strengths that count, each under a name of its own",
    async (type) => {
      const [planter] = await loadPlanters([type]);
      const strengths = planter?.strengths ?? [];
      expect(strengths.some(({ actionable }) => actionable)).toBe(true);
      expect(new Set(strengths.map(({ name }) => name)).size).toBe(strengths.length);
    },
  );

  test.each(detectors.map((detector) => [detector.type, detector] as const))(
    "%s names its standard and describes each parameter",
    (_, detector) => {
      expect(detector.standard.length).toBeGreaterThan(10);
      expect(detector.summary.length).toBeGreaterThan(5);
      const schema = z.object({
        properties: z.record(z.string(), z.object({ description: z.string().optional(), default: z.unknown() })),
      });
      const { properties } = schema.parse(z.toJSONSchema(detector.parameters, { io: "input" }));
      for (const [name, { description, default: fallback }] of Object.entries(properties)) {
        expect(description, `what ${name} means`).toBeTruthy();
        expect(fallback, `a default of ${name}`).toBeDefined();
      }
    },
  );
});

const models = await loadModels([join(repository, "models")]);
const measurers = [
  ...pictureMeasurers,
  ...stillMeasurers,
  ...soundMeasurers,
  ...transportMeasurers,
  ...manifestMeasurers,
  ...captionMeasurers,
  ...models.map(measurerOf),
];

describe("signals", () => {
  test.each(detectors.map((detector) => [detector.type, detector] as const))(
    "of %s are all measured in one lane",
    (_, detector) => {
      const lanesWith = (names: readonly string[]) =>
        ["picture", "stills", "sound", "models", "transport", "manifest", "captions"].filter((lane) => {
          const provided = measurers
            .filter((measurer) => measurer.lane === lane)
            .flatMap(({ provides }) => Object.keys(provides));
          return names.every((name) => provided.includes(name));
        });
      expect(lanesWith(detector.signals).length).toBeGreaterThan(0);
      if (detector.soundSignals !== undefined) expect(lanesWith(detector.soundSignals)).toEqual(["sound"]);
    },
  );

  test("are measured by one measurer each, and named by group and quantity", () => {
    for (const lane of ["picture", "stills", "sound", "models", "transport", "manifest", "captions"]) {
      const names = measurers.filter((measurer) => measurer.lane === lane).flatMap(({ provides }) => Object.keys(provides));
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z0-9]*$/);
    }
  });

  test("have their meaning in the documents", () => {
    const page = read("docs/signals.md");
    for (const name of measurers.flatMap(({ provides }) => Object.keys(provides))) expect(page).toContain(`\`${name}\``);
  });
});

describe("models", () => {
  test("are each described by a manifest whose checksum holds, and how each was made can be run", () => {
    const files = filesUnder("models")
      .filter((path) => path.endsWith(".onnx"))
      .map((path) => basename(path, ".onnx"));
    expect(models.map(({ manifest }) => manifest.name).sort()).toEqual(files.sort());
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      for (const file of ["README.md", "train.py", "requirements.txt"])
        expect(here(`models/train/${name}/${file}`), `${name} ${file}`).toBe(true);
    }
  });
});

describe("documents", () => {
  test("that are generated are fresh", async () => {
    const complaint = await new Promise<string>((done) => {
      execFile(process.execPath, [join(repository, "scripts/generate.mjs"), "--check"], (error, stdout, stderr) => {
        done(error === null ? "" : `${error.message}\n${stdout}${stderr}`);
      });
    });
    expect(complaint).toBe("");
  });

  test("name every metric, setting and error code", () => {
    for (const { name } of Object.values(metricTable)) expect(read("docs/metrics.md")).toContain(`\`framewatch_${name}\``);
    for (const { environment } of Object.values(settings)) expect(read("docs/configuration.md")).toContain(`\`${environment}\``);
    for (const code of Object.keys(errorTable)) expect(read("docs/errors.md")).toContain(`\`${code}\``);
  });

  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...filesUnder("docs")].filter(
    (path) => path.endsWith(".md") && here(path),
  );
  const examples = pages.flatMap((page) => {
    const blocks = [...read(page).matchAll(/^```(?:json|yaml) (job|policy)\n(.*?)^```$/gms)];
    return blocks.map(([, kind = "", content = ""], index) => ({ title: `${kind} ${index + 1} of ${page}`, kind, content }));
  });

  test.each(examples.map((example) => [example.title, example] as const))("show only what works: %s", (_, { kind, content }) => {
    if (kind === "policy") loadPolicy(z.record(z.string(), z.unknown()).parse(parse(content)));
    else {
      const { policy } = parseJob(JSON.parse(content));
      loadPolicy(policy);
    }
  });

  test("show jobs and policies", () => {
    expect(new Set(examples.map(({ kind }) => kind))).toEqual(new Set(["job", "policy"]));
  });

  test("link only to files that there are", () => {
    for (const page of pages) {
      for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        expect(existsSync(resolve(repository, page, "..", target)), `${target} in ${page}`).toBe(true);
      }
    }
  });

  test("name only scripts that package.json has", () => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read("package.json")));
    for (const page of pages) {
      for (const [, script = ""] of read(page).matchAll(/\bnpm run ([a-z:]+)/g))
        expect(Object.keys(scripts), page).toContain(script);
    }
    for (const script of Object.values(scripts)) {
      for (const [path] of script.matchAll(/\b(?:scripts|bin|test)\/[\w/.-]+\.m?js/g)) expect(here(path), path).toBe(true);
    }
  });
});

describe("the sources", () => {
  const sources = filesUnder("src").filter((path) => path.endsWith(".ts"));

  test("hold no file that is too long to be about one thing", () => {
    const long = sources.filter((path) => read(path).split("\n").length > 320);
    expect(long).toEqual([]);
  });

  test("leave nothing half done", () => {
    const marked = sources.filter((path) => /\b(TODO|FIXME|XXX|HACK)\b|not implemented/i.test(read(path)));
    expect(marked).toEqual([]);
  });
});

describe("packages", () => {
  const entry = z.object({
    resolved: z.string().optional(),
    integrity: z.string().optional(),
    optional: z.boolean().optional(),
    optionalDependencies: z.record(z.string(), z.string()).optional(),
  });
  const { packages } = z.object({ packages: z.record(z.string(), entry) }).parse(JSON.parse(read("package-lock.json")));

  test("come from the registry with a checksum each, but for those of other platforms", () => {
    for (const [path, { integrity, resolved, optional = false }] of Object.entries(packages).filter(([name]) => name !== "")) {
      if (!optional) expect(integrity, path).toMatch(/^sha512-/);
      expect(resolved ?? "https://", path).toMatch(/^https:\/\//);
    }
  });

  test("of every platform are in the lockfile, or `npm ci` refuses it", () => {
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        expect(
          Object.keys(packages).some((at) => at.endsWith(`node_modules/${name}`)),
          `${name} of ${path}`,
        ).toBe(true);
      }
    }
  });
});
