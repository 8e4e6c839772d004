"use strict";
/* The report page, part 11: the verdict above, and tables of what is known below. */
{
  const { report, severities, startSeconds, endSeconds, byId, element, plural, titleOf, clock, moment, short, bytes, numberOf } =
    globalThis.page;
  const { job, media, verdict, performance } = report;

  function sentence() {
    if (verdict === "error") return "Nothing could be judged.";
    const found = severities
      .filter((severity) => numberOf(severity) > 0)
      .map((severity) => {
        const word = { critical: "critical defect", error: "error", warning: "warning", info: "note" }[severity];
        return plural(numberOf(severity), word);
      });
    const what =
      found.length === 0 ? "No defects" : found.length === 1 ? found[0] : `${found.slice(0, -1).join(", ")} and ${found.at(-1)}`;
    return `${what} in ${clock(endSeconds - startSeconds, 1)}, judged by policy “${job.policy}”.`;
  }

  function drawHead() {
    const name = job.stream ?? (job.source.replace(/\/+$/, "").split("/").at(-1) || job.source);
    byId("hero").classList.add(verdict === "error" ? "error-verdict" : verdict);
    byId("verdict").append(
      element("span", { "aria-hidden": "true" }, { pass: "✓", warn: "!", fail: "✕", error: "?" }[verdict]),
      verdict,
    );
    byId("name").append(name);
    byId("source").append(job.source);
    byId("sentence").append(sentence());
    byId("labels").append(...Object.entries(job.labels).map(([key, value]) => element("span", {}, `${key}: ${value}`)));
    const video = media?.video;
    const tiles = [
      ["Duration", media?.durationSeconds === undefined ? undefined : clock(media.durationSeconds, 1)],
      [
        "Looked at",
        media?.range === undefined
          ? undefined
          : `${moment(media.range.startSeconds, 1)} – ${moment(media.range.endSeconds ?? media.durationSeconds ?? endSeconds, 1)}`,
      ],
      ["Picture", video === undefined ? media && "none" : `${video.width} × ${video.height}`],
      ["Frame rate", video?.frameRate === undefined ? undefined : `${short(video.frameRate)} fps`],
      ["Sound", media === undefined ? undefined : media.audio.length === 0 ? "none" : plural(media.audio.length, "track")],
      [
        "Loudness",
        report.loudness[0]?.integratedLufs === undefined ? undefined : `${report.loudness[0].integratedLufs.toFixed(1)} LUFS`,
      ],
      [
        "True peak",
        report.loudness[0]?.truePeakDbtp === undefined ? undefined : `${report.loudness[0].truePeakDbtp.toFixed(1)} dBTP`,
      ],
      ["Quality", report.quality === undefined ? undefined : `${report.quality.score.toFixed(0)} of 100`],
      ["Times real time", performance?.realTimeFactor ? `${Number(performance.realTimeFactor.toPrecision(3))} ×` : undefined],
    ];
    byId("tiles").append(
      ...tiles
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => element("div", {}, element("dt", {}, key), element("dd", {}, value))),
    );
    if (report.error !== null) {
      byId("error").hidden = false;
      byId("error").append(element("strong", {}, report.error.code), ` — ${report.error.message}`);
    }
    if (media?.complete === false) {
      byId("incomplete").hidden = false;
      byId("incomplete").append(
        element("strong", {}, "The media is incomplete"),
        media.incompleteReason === undefined ? "." : ` — ${media.incompleteReason}`,
      );
    }
    byId("footer").append(
      `Job ${job.id}`,
      job.run === undefined ? "" : `, run ${job.run}`,
      ` · policy ${job.policy} ${job.policyHash.slice(0, 12)} · profile ${job.profile}`,
      performance === undefined
        ? ""
        : ` · Framewatch ${performance.framewatch} · ${new Date(performance.finishedAt).toLocaleString()}`,
    );
  }

  function factTable(title, rows) {
    const filled = rows.filter(([, value]) => value !== undefined && value !== "");
    return filled.length === 0
      ? undefined
      : element(
          "div",
          { class: "fact" },
          element("h3", {}, title),
          element(
            "table",
            {},
            element(
              "tbody",
              {},
              filled.map(([key, value]) => element("tr", {}, element("th", {}, key), element("td", {}, String(value)))),
            ),
          ),
        );
  }

  /** Detectors that did not run, by the reason. */
  function offRows() {
    const byReason = new Map();
    for (const { type, reason } of report.detectorsOff ?? []) byReason.set(reason, [...(byReason.get(reason) ?? []), type]);
    return [...byReason].map(([reason, types]) => [reason, types.map(titleOf).join(", ")]);
  }

  function drawFacts() {
    const video = media?.video;
    const sound = (media?.audio ?? []).map(({ codec, channels, layout, layoutGuessed, sampleRateHz, language }, track) => [
      `Track ${track}`,
      `${codec}, ${plural(channels, "channel")} ${layout}${layoutGuessed ? " (guessed)" : ""}, ${sampleRateHz / 1000} kHz${language === undefined ? "" : `, ${language}`}`,
    ]);
    const tables = [
      factTable("File", [
        ["Container", media?.container],
        ["Size", bytes(media?.bytes)],
        ["Duration", media?.durationSeconds === undefined ? undefined : clock(media.durationSeconds)],
        ["Complete", media === undefined ? undefined : media.complete ? "yes" : "no"],
      ]),
      video &&
        factTable("Picture", [
          ["Codec", video.codec],
          ["Size", `${video.width} × ${video.height}`],
          ["Frame rate", video.frameRate === undefined ? undefined : `${short(video.frameRate)} fps`],
          ["Pixels", video.pixelFormat],
          [
            "Scan",
            { progressive: "progressive", tff: "interlaced, top field first", bff: "interlaced, bottom field first" }[video.scan],
          ],
          ["Frames", video.frames.toLocaleString()],
        ]),
      factTable("Sound", sound),
      factTable("Check", [
        ["Policy", `${job.policy} (${job.policyHash.slice(0, 12)})`],
        ["Profile", job.profile],
        ["Decoder", performance?.decoder],
        [
          "Took",
          performance === undefined
            ? undefined
            : `${clock(performance.wallSeconds, 1)}, ${short(performance.framesPerSecond)} frames per second`,
        ],
        ["Framewatch", performance?.framewatch],
      ]),
      factTable(
        "Models",
        report.models.map(({ name, version, sha256, provider }) => [name, `${version} on ${provider}, ${sha256.slice(0, 12)}`]),
      ),
      factTable("Did not run", offRows()),
    ];
    byId("facts").append(...tables.filter((table) => table !== undefined));
  }

  Object.assign(globalThis.page, { drawHead, drawFacts });
}
