/**
 * Judges whether decoding that began in mid-file has become what an uncut pass would have been, before the first
 * frame that counts.
 *
 * A container may seek late (MPEG-TS by 1.5 s) and a keyframe's leading pictures refer to frames that were never
 * read; both lie before that keyframe in presentation order. So decoding is clean from a keyframe on if no error
 * follows it, and also, where the media itself is damaged, after a whole group of pictures without one.
 */
export interface RunIn {
  /** A frame before the first one that counts, with the errors given since the frame before it. */
  frame(keyframe: boolean, errors: number): void;
  /** Is the next frame, which is the first that counts, as in an uncut pass? */
  isClean(next: { readonly keyframe: boolean; readonly errors: number }): boolean;
}

export function openRunIn(): RunIn {
  let keyframes = 0;
  let errorsSinceKeyframe = 0;
  let wholeGroupWithoutErrors = false;

  function frame(keyframe: boolean, errors: number): void {
    if (!keyframe) {
      errorsSinceKeyframe += errors;
      return;
    }
    // Errors right before a keyframe may be those of its own leading pictures, so they count for neither side
    // of the first one, and for the group that ends here otherwise.
    if (keyframes > 0 && errorsSinceKeyframe + errors === 0) wholeGroupWithoutErrors = true;
    keyframes++;
    errorsSinceKeyframe = 0;
  }

  return {
    frame,
    isClean(next) {
      if (wholeGroupWithoutErrors) return true;
      return keyframes > 0 && errorsSinceKeyframe + next.errors === 0;
    },
  };
}
