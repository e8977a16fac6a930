/** Bounds of repair that are the node's own and no rule's. */
export const REPAIR_LIMITS = Object.freeze({
  /** Far more records than one enterprise has of one dataset. */
  recordsPerDatasetMax: 10_000,
  /** Lines of a list at once. */
  pageMax: 100,
  /** Records whose fate, or whose period, one statement asks for. */
  recordsPerStep: 2_000,
  /** Notices that one run tries. */
  noticesPerRun: 200,
  /** For how long a notice that is being tried is nobody else's. */
  noticeLeaseMs: 60_000,
});
