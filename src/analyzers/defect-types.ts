/** Every defect type of the contract, in its order. The names are fixed: other programs rely on them. */
export const contractDefectTypes = [
  // Video
  "black",
  "freeze",
  "blur",
  "blockiness",
  "block-corruption",
  "noise",
  "interlacing",
  "banding",
  "flash",
  "color-bars",
  "slate",
  "solid-color",
  "levels",
  "chroma-loss",
  "color-cast",
  "exposure",
  "letterbox",
  "frame-drop",
  "flicker",
  "ghosting",
  "pixelation",
  "dead-pixels",
  // Audio
  "silence",
  "clipping",
  "loudness",
  "true-peak",
  "phase",
  "channel-missing",
  "dual-mono",
  "dropout",
  "level-jump",
  "hum",
  "dc-offset",
  "tone",
  // Audio with video
  "av-sync",
  "duration-mismatch",
  // Stream
  "decode-error",
  "timestamp-gap",
  "stall",
  "manifest",
  "format-change",
  "caption-missing",
  "transport",
  // With a reference
  "quality-drop",
  "content-mismatch",
  "delay",
] as const;

export type DefectType = (typeof contractDefectTypes)[number];

/** Types that no detector finds yet. A policy may already give them a severity. A new detector takes its type out of this list. */
export const defectTypesNotBuilt: readonly DefectType[] = ["quality-drop", "content-mismatch", "delay"];
