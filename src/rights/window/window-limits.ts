/** Bounds of the window, with their reasons. */
export const WINDOW_LIMITS = Object.freeze({
  /** Entries of one clerk a day: one every two minutes of a working day, and no campaign. */
  entriesPerDayMax: 200,
  /** Working days within which another person checks an entry; then it is undone. */
  checkWithinDays: 1,
  /** A scan of a few signed pages; as attachments are. */
  scanBytesMax: 10 * 1024 ** 2,
  /** Scans of one clerk a day: two for each entry, and some that are taken anew. */
  scansPerDayMax: 500,
  /** A scan that no entry names by then was taken for nothing. */
  scanUnusedMs: 86_400_000,
  /** The person's right to act for the enterprise lasts for the act and no longer. */
  mandateMs: 10 * 60_000,
  /** An act that is under way longer than this was left by a crash. */
  actingAbandonedMs: 10 * 60_000,
  /** The print is handed over while the person is there: the working day of the check and the next. */
  printMs: 86_400_000,
  /** Entries of one page. */
  pageMax: 100,
  /** Entries that lapse in one run of the job. */
  followMax: 200,
});
