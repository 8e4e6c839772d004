/** A part of the picture, as shares of its width and height. */
export interface PictureShare {
  readonly leftRatio: number;
  readonly topRatio: number;
  readonly widthRatio: number;
  readonly heightRatio: number;
}
