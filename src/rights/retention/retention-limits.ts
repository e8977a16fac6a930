/** Bounds of retention, with their reasons. */
export const RETENTION_LIMITS = Object.freeze({
  /** Records of one transaction, with their recalls: tens of milliseconds of locks, or seconds where each went to thousands. */
  recordsPerBatch: 200,
  /** Records of one page of the list. */
  pageMax: 200,
  /** Removed batches and holds of one page. */
  listedMax: 200,
  /** Removed records that one enterprise is shown, newest first. */
  ownShownMax: 5_000,
  /** Files looked at in one step. */
  filesPerStep: 500,
  /** Rows of quarantine, and of accesses, in one statement. */
  rowsPerStep: 5_000,
  /** Holds in force at once: each batch reads them all. */
  holdsMax: 5_000,
  reasonCharactersMax: 500,
  /** A hold stands from its proposal on; unconfirmed it lapses, so that one person alone stops no removal for good. */
  proposalDays: 7,
});
