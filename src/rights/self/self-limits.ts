/** Bounds of self-query, each with its reason. How often an enterprise asks has none. */
export const SELF_LIMITS = Object.freeze({
  /** Items of one page over HTTP: a screen's worth many times over, below a megabyte. */
  pageItemsMax: 500,
  /** With inclusion proofs an item is ten times as long. */
  pageProofsMax: 50,
  /** Records of one dataset and accesses that are read at once; held in memory while they are printed. */
  itemsPerReadMax: 50_000,
  /** Lines of one PDF; more are continued in another file, so that the compiler's memory stays bounded. */
  linesPerPdfMax: 20_000,
  /** Questions of one enterprise under way at once in one process; the others wait for their turn. */
  atOnceMax: 2,
  /** Questions of one enterprise that wait; beyond it somebody repeats one without hearing the answer. */
  waitingMax: 20,
  /** A bundle can be fetched for so long; then another is made, free as the first. */
  exportDays: 14,
  /** Sealed piece of a bundle: one row of a few megabytes is handled well by every driver. */
  exportPageBytes: 1024 * 1024,
});
