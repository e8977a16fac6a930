/** Bounds of the watch list, with their reasons. Units last. */
export const WATCH_LIMITS = Object.freeze({
  /** Enterprises whose watches are brought up to date by one set of statements: their loans are held in memory. */
  pageEnterprises: 2_000,
  /** Lines of one answer to an institution; each is looked up in the register. */
  linesMax: 100,
});
