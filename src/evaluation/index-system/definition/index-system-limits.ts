/** Bounds of an index system, with their reasons. */
export const INDEX_SYSTEM_LIMITS = Object.freeze({
  /** A person must be able to read a published system; the widest of the provinces have about 100. */
  leavesMax: 200,
  /** Bands of one leaf. */
  bandsMax: 20,
  /** What an enterprise can be asked to change at once; the search grows with the power of it. */
  changesMax: 3,
  /** Reasons named first; the whole list of points stands beside it. */
  reasonsShown: 5,
});
