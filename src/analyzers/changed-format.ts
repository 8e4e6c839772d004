import type { MediaInfo } from "../decoder/index.js";
import type { Defect, DefectEvent } from "./defect.js";
import { formatChange } from "./detectors/format-change.js";
import type { Policy } from "./policy.js";
import type { SignalBlock } from "./signal-block.js";

/**
 * Tells a `format-change` where media of another format begins in a stretch of its own, because tracks came or went or the source
 * was connected anew: a detector begins anew with it, and cannot see what was before. Changes within a stretch are the detector's.
 */
export interface ChangedFormat {
  /** Follows the format through changes that the detector tells. */
  note(block: SignalBlock): void;
  /** Media of a stretch begins at `atSeconds` of stream time. */
  began(media: MediaInfo, atSeconds: number): DefectEvent[];
}

/** The first picture and sound track, and which tracks there are. */
interface Format {
  readonly tracks: string;
  readonly values: Readonly<Record<string, number>>;
}

/** @param identify gives the next one an id */
export function openChangedFormat(
  policy: Pick<Policy, "detectors">,
  identify: (detector: string, startSeconds: number) => string,
): ChangedFormat {
  const rule = policy.detectors[formatChange.type];
  let present: Format | undefined;

  return {
    note({ lane, signals }) {
      if (present === undefined || lane.track !== 0) return;
      const values = { ...present.values };
      for (const name of Object.keys(values)) {
        const value = signals[`format.${name}`]?.at(-1);
        if (value !== undefined && !Number.isNaN(value)) values[name] = value;
      }
      present = { ...present, values };
    },

    began(media, startSeconds) {
      const before = present;
      const next = formatOf(media);
      present = next;
      const kind = before && kindOf(before, next);
      if (before === undefined || kind === undefined || rule?.enabled !== true) return [];
      const valuesBefore = Object.entries(before.values).map(([name, value]) => [`${name}Before`, value] as const);
      const opened: Defect = {
        id: identify(formatChange.type, startSeconds),
        type: formatChange.type,
        severity: rule.severity,
        medium: formatChange.medium,
        track: 0,
        startSeconds,
        confidence: 1,
        kind,
        measured: { changes: 1, ...Object.fromEntries(valuesBefore), ...next.values },
        threshold: { minimumChanges: 1 },
        detector: { name: formatChange.type, version: formatChange.version },
      };
      return [
        { kind: "opened", defect: opened },
        { kind: "resolved", defect: { ...opened, endSeconds: startSeconds } },
      ];
    },
  };
}

function formatOf({ video, audio }: MediaInfo): Format {
  const [sound] = audio;
  return {
    tracks: [video?.codec ?? "", ...audio.map(({ codec }) => codec)].join(),
    values: {
      ...(video === undefined ? {} : { width: video.width, height: video.height }),
      ...(sound === undefined ? {} : { sampleRateHz: sound.sampleRateHz, channels: sound.channels }),
      soundTracks: audio.length,
    },
  };
}

function kindOf(before: Format, { tracks, values }: Format): string | undefined {
  if (before.tracks !== tracks) return "tracks";
  const differs = (name: string) => before.values[name] !== values[name];
  if (differs("width") || differs("height")) return "size";
  if (differs("sampleRateHz")) return "sample-rate";
  return differs("channels") ? "channels" : undefined;
}
