/** Judges the playlists of an HLS stream by themselves: they are watched also while no media can be had. */
import {
  type DefectEvent,
  type JudgePlan,
  type LaneSignals,
  type LiveManifest,
  openLiveManifest,
  planLanes,
  type Policy,
  type SignalBlock,
} from "../analyzers/index.js";
import type { MediaInfo } from "../decoder/index.js";
import type { Job, ManifestFacts } from "../ingest/index.js";
import { openJudging } from "../judge-media.js";

export interface PlaylistJudging {
  /** Their lane; none where the source is no playlist. */
  readonly lanes: readonly LaneSignals[];
  readonly manifest: LiveManifest | undefined;
  judge(block: SignalBlock): DefectEvent[];
  end(seconds: number): DefectEvent[];
}

/** @param emit receives what is told of playlists as signals */
export function judgePlaylists(
  { job, policy, only }: { readonly job: Job; readonly policy: Policy; readonly only?: readonly string[] },
  identify: JudgePlan["identify"],
  emit: (block: SignalBlock) => void,
): PlaylistJudging {
  const media: MediaInfo = { container: "hls", durationDeclared: false, originSeconds: 0, seekable: false, audio: [] };
  const faults: ManifestFacts = { ended: false, renditions: [], faults: [] };
  const plan = { profile: job.profile, wanted: undefined };
  const isPlaylist = /^https?:[^?#]*\.m3u8?(?:[?#]|$)/i.test(job.source);
  const lanes = isPlaylist ? planLanes({ ...plan, media: { ...media, manifest: faults } }) : [];
  const [lane] = lanes;
  const manifest = lane && openLiveManifest(lane, emit);
  const judging =
    manifest &&
    openJudging({
      policy,
      media: { ...media, manifest: manifest.facts },
      lanes,
      profile: job.profile,
      ...(only === undefined ? {} : { only }),
      identify,
    });
  return {
    lanes,
    manifest,
    judge: (block: SignalBlock): DefectEvent[] => judging?.push(block) ?? [],
    end: (seconds: number): DefectEvent[] => lanes.flatMap((one) => judging?.end(one.lane, seconds) ?? []),
  };
}
