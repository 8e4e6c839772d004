import type { AudioBlock, FrameMemory, MediaInfo, TransportSample, VideoFrame } from "../decoder/index.js";
import type { PictureShare } from "../ingest/index.js";
import { borrowKernels, returnKernels } from "./kernels/index.js";
import { openSoundKernels, type SoundKernels } from "./kernels/sound.js";
import type {
  CaptionMeasurer,
  ManifestMeasurer,
  Measurer,
  ModelMeasurer,
  PictureMeasurer,
  SoundMeasurer,
  StillMeasurer,
  TransportMeasurer,
} from "./measurer.js";
import { type Lane, type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";
import { areComparable, openFramePasses } from "./signals/frame-passes.js";
import {
  captionMeasurers,
  manifestMeasurers,
  pictureMeasurers,
  soundMeasurers,
  stillMeasurers,
  transportMeasurers,
} from "./signals/index.js";
import { LaneColumns } from "./signals/lane-columns.js";
import { type Infer, openModelImages } from "./signals/model-images.js";
import { paintBlack } from "./signals/paint-black.js";
import { type CaptionFlow, captionTracks, openCaptionFlow } from "./signals/captions.js";
import { writeTransport } from "./signals/transport.js";
import { openStillClock } from "./signals/still-clock.js";
import { openSoundWindows, type SoundWindows } from "./signals/sound-windows.js";

/** How closely the picture is looked at: `fast` scales it down before it is measured, `keyframes` sees keyframes only. */
export type MeasuringProfile = "full" | "fast" | "keyframes";

/** What is measured. */
export interface MeasuringPlan {
  readonly media: MediaInfo;
  readonly profile: MeasuringProfile;
  /** Measurers that provide none of these signals do not run; all run when it is undefined. */
  readonly wanted: ReadonlySet<string> | undefined;
  /** The models that run; none where absent. */
  readonly models?: readonly ModelMeasurer[];
  /** Parts of the picture that are painted black before it is measured; none where absent. */
  readonly ignoredRegions?: readonly PictureShare[];
}

/** Turns the frames and the sound of one stream or segment into signals. */
export interface Measuring {
  readonly lanes: readonly LaneSignals[];
  /** Where the decoder has to put its frames. */
  readonly memory: FrameMemory;
  /**
   * Measures a frame; those outside are only remembered as what came before. A returned promise asks the decoder to
   * wait with the next one. @throws what a model failed with
   */
  frame(frame: VideoFrame, inside: boolean): void | Promise<void>;
  sound(block: AudioBlock): void;
  /** Takes what was seen of a transport stream's packets; absent where nobody reads it. */
  readonly transport: ((sample: TransportSample) => void) | undefined;
  /** Takes the captions in the picture of a stream without an end; absent where it has none, or nobody reads it. */
  readonly captions: CaptionFlow | undefined;
  /** The media is over: gives away everything that was collected. @throws what a model failed with */
  finish(): Promise<void>;
  /** Nothing is emitted after it. The frames' memory goes with this object. */
  close(): void;
}

/** How long a block is at most: an alert of a live stream waits for it, nobody does for that of a file. */
const liveBlockSeconds = 0.25;
const fileBlockSeconds = 5;

interface Chosen {
  readonly picture: readonly PictureMeasurer[];
  readonly stills: readonly StillMeasurer[];
  readonly sound: readonly SoundMeasurer[];
  readonly models: readonly ModelMeasurer[];
  readonly manifest: readonly ManifestMeasurer[];
  readonly captions: readonly CaptionMeasurer[];
  readonly transport: readonly TransportMeasurer[];
}

function choose({ profile, wanted, models = [] }: MeasuringPlan): Chosen {
  const runs = ({ needs, provides }: Measurer): boolean =>
    (needs === "any" || profile !== "fast") && (wanted === undefined || Object.keys(provides).some((name) => wanted.has(name)));
  return {
    picture: pictureMeasurers.filter(runs),
    stills: stillMeasurers.filter(runs),
    sound: soundMeasurers.filter(runs),
    models: models.filter(runs),
    manifest: manifestMeasurers.filter(runs),
    captions: captionMeasurers.filter(runs),
    transport: transportMeasurers.filter(runs),
  };
}

/** The lanes that measuring this media gives, before any of it is decoded: what detectors can run on. */
export function planLanes(plan: MeasuringPlan): LaneSignals[] {
  const { picture, stills, sound, models, transport, manifest, captions } = choose(plan);
  const signalsOf = (measurers: readonly Measurer[]): string[] => measurers.flatMap(({ provides }) => Object.keys(provides));
  const lanes: LaneSignals[] = [];
  if (plan.media.video) {
    lanes.push({ lane: { name: "picture", track: 0 }, signals: signalsOf(picture) });
    if (stills.length > 0) lanes.push({ lane: { name: "stills", track: 0 }, signals: signalsOf(stills) });
    if (models.length > 0) lanes.push({ lane: { name: "models", track: 0 }, signals: signalsOf(models) });
  }
  for (const track of plan.media.audio.keys()) lanes.push({ lane: { name: "sound", track }, signals: signalsOf(sound) });
  if (plan.media.transport && transport.length > 0)
    lanes.push({ lane: { name: "transport", track: 0 }, signals: signalsOf(transport) });
  if (plan.media.manifest && manifest.length > 0)
    lanes.push({ lane: { name: "manifest", track: 0 }, signals: signalsOf(manifest) });
  if (captions.length > 0) {
    for (const track of captionTracks(plan.media).keys()) {
      lanes.push({ lane: { name: "captions", track }, signals: signalsOf(captions) });
    }
  }
  return lanes;
}

/**
 * Opens the measurers of one stream or segment.
 * @param emit receives every block; its arrays belong to the receiver
 * @param infer runs the models; without it there is no `models` lane
 */
export async function openMeasuring({
  media,
  profile,
  wanted,
  ignoredRegions = [],
  live = false,
  emit,
  infer,
}: Omit<MeasuringPlan, "models"> & {
  /** Somebody waits for what is found: blocks are short. */
  readonly live?: boolean;
  readonly emit: (block: SignalBlock) => void;
  readonly infer?: Infer;
}): Promise<Measuring> {
  const plan: MeasuringPlan = { media, profile, wanted, models: infer?.models ?? [] };
  const chosen = choose(plan);
  const lanes = planLanes(plan);
  const kernels = borrowKernels();
  const passes = openFramePasses(kernels);
  const pictures = chosen.picture.map((measurer) => measurer.begin({ media, kernels }));
  const stills = chosen.stills.map((measurer) => measurer.begin({ media, kernels }));
  const stillClock = openStillClock();
  let closed = false;

  const columns = new Map<string, LaneColumns>();
  for (const { lane, signals } of lanes) {
    columns.set(
      laneKey(lane),
      new LaneColumns(lane, signals, live ? liveBlockSeconds : fileBlockSeconds, (block) => {
        if (!closed) emit(block);
      }),
    );
  }
  function columnsOf(lane: Lane): LaneColumns {
    const found = columns.get(laneKey(lane));
    if (found === undefined) throw new Error(`The media has no lane ${laneKey(lane)}.`);
    return found;
  }

  const transportColumns = columns.get(laneKey({ name: "transport", track: 0 }));
  const stillColumns = columns.get(laneKey({ name: "stills", track: 0 }));
  const modelColumns = columns.get(laneKey({ name: "models", track: 0 }));
  const captionColumns = columns.get(
    laneKey({ name: "captions", track: captionTracks(media).findIndex(({ kind }) => kind === "captions") }),
  );
  const captions =
    captionColumns &&
    openCaptionFlow((sample) => {
      captionColumns.begin(sample.pts, sample);
      captionColumns.write("caption.isPresent", sample.isPresent ? 1 : 0);
      captionColumns.write("caption.hasContent", sample.hasContent ? 1 : 0);
    });
  const images = infer && modelColumns ? openModelImages(kernels, chosen.models, infer, modelColumns) : undefined;
  const tracks = new Map<number, SoundWindows>();
  let previous: VideoFrame | undefined;

  function openTrack(track: number): SoundWindows {
    const lane = columnsOf({ name: "sound", track });
    let measures: ReturnType<SoundMeasurer["begin"]>[] = [];
    let shape: { readonly sampleRate: number; readonly channels: number } | undefined;
    let sound: SoundKernels;
    return openSoundWindows((window) => {
      const { sampleRate, channels } = window;
      if (shape?.sampleRate !== sampleRate || shape.channels !== channels) {
        shape = { sampleRate, channels };
        sound = openSoundKernels(channels, Math.ceil(sampleRate / 100) + 1);
        measures = chosen.sound.map((measurer) => measurer.begin({ media, track, sampleRate, channels, sound }));
      }
      sound.place(window.samples);
      lane.begin(window.pts, window);
      written = lane;
      for (const measure of measures) measure(window, writeSignal);
    });
  }

  return {
    lanes,
    memory: kernels.memory,

    frame(frame, inside) {
      const lane = columnsOf({ name: "picture", track: 0 });
      for (const region of ignoredRegions) paintBlack(frame, region);
      const comparable = previous !== undefined && !frame.discontinuityBefore && areComparable(previous, frame);
      passes.show(frame, comparable ? previous : undefined);
      previous = frame;
      if (inside) lane.begin(frame.pts, frame);
      written = inside ? lane : undefined;
      for (const measure of pictures) measure(passes, writeSignal);
      if (stillColumns !== undefined && stillClock.isDue(frame)) {
        if (inside) stillColumns.begin(frame.pts, frame);
        written = inside ? stillColumns : undefined;
        for (const measure of stills) measure(passes, writeSignal);
      }
      return images?.show(frame, inside);
    },

    sound(block) {
      let windows = tracks.get(block.track);
      if (windows === undefined) tracks.set(block.track, (windows = openTrack(block.track)));
      windows.push(block);
    },

    transport:
      transportColumns &&
      ((sample) => {
        transportColumns.begin(sample.pts, sample);
        written = transportColumns;
        writeTransport(sample, writeSignal);
      }),

    captions,

    async finish() {
      captions?.end();
      for (const windows of tracks.values()) windows.finish();
      await images?.finish();
      for (const lane of columns.values()) lane.flush();
    },

    close() {
      if (closed) return;
      closed = true;
      returnKernels(kernels);
      previous = undefined;
      tracks.clear();
    },
  };
}

/** Where the measurer that runs now writes; nowhere for frames that are only run-in. */
let written: LaneColumns | undefined;

/**
 * What measurers write with: one function for all lanes and segments of a thread. V8 compiles a measurer for the very function
 * that it calls, and over again for each other one that it is given.
 */
function writeSignal(name: string, value: number): void {
  written?.write(name, value);
}
