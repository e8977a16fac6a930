/** Every bound on what comes from outside or runs in a loop, with its reason. Units last in the name. */
export const LIMITS = Object.freeze({
  /** One delivery's bytes as received; a city-wide month of invoices compressed stays below. */
  deliveryBytesMax: 20 * 1024 ** 3,
  /** Bytes after decompression; above it a file is a bomb or should be split by the department. */
  deliveryExpandedBytesMax: 100 * 1024 ** 3,
  /** Expanded over compressed; real department files stay under 60. */
  deliveryExpansionRatioMax: 200,
  /** Characters of one row; longer rows are cut off from the stream and quarantined. */
  rowCharactersMax: 1024 * 1024,
  /** Characters of one field before its own maxLength is looked at. */
  fieldCharactersMax: 64 * 1024,
  /** Columns of a header; the widest contract has far fewer. */
  headerColumnsMax: 512,
  /** Quarantined rows shown in one receipt; all are kept and can be downloaded. */
  receiptDefectsMax: 100,
  /** Quarantined rows read at once for the download. */
  quarantinePageRows: 2_000,
  /** Files of one zip. */
  archiveEntriesMax: 2_000,
  /** Shared strings of one workbook, in bytes of text. */
  workbookStringsBytesMax: 256 * 1024 ** 2,
  /** JSON bodies of the API; deliveries stream and have their own bound. */
  requestBodyBytesMax: 256 * 1024,
  /** Search results: enough to pick from, too few to enumerate. */
  searchResultsMax: 20,
  /** Characters below which a name search would enumerate the register. */
  searchCharactersMin: 4,
  /** Searches per account and minute. */
  searchesPerMinuteMax: 30,
  /** Sign-in attempts per account before it rests for `signInRestMs`. */
  signInAttemptsMax: 5,
  signInRestMs: 15 * 60_000,
  /** A signed-in session without activity. */
  sessionIdleMs: 30 * 60_000,
  /** Time a clean stop may take before the process ends anyway. */
  stopMs: 5_000,
  /** Leaves that the sequencer appends under one checkpoint. */
  sequenceBatchMax: 1_000,
  /** Promise on every receipt: the leaf is in the tree within this. */
  sequenceWithinMs: 1_000,
  /** Data keys held in memory at once while the master key of sealed fields changes. */
  rewrapPageRows: 1_000,
  /** One question to all its sources: a bank's screen waits for the answer, which is partial after this. */
  gatherMs: 3_000,
  /** Answers of sources held in one process's memory; a day of a branch's enterprises. */
  sourceAnswersKeptMax: 10_000,
  /** Days of per-minute counts of sources: a quarter and its review. */
  sourceMinutesDaysMax: 100,
});
