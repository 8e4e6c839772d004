/** The pieces of evidence. */
export const evidenceKinds = ["thumbnail", "before", "after", "clip"] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Where the evidence of a defect lies, beside its report.json. */
export function evidencePaths(id: string): Readonly<Record<EvidenceKind, string>> {
  return {
    thumbnail: `evidence/${id}.jpg`,
    before: `evidence/${id}-before.jpg`,
    after: `evidence/${id}-after.jpg`,
    clip: `evidence/${id}.mp4`,
  };
}
