/** Bounds of the voluntary list, with their reasons. */
export const VOLUNTARY_LIMITS = Object.freeze({
  /** Wrong registrations of one enterprise a day: enough for slips, too few to find out who represents it. */
  mismatchesPerDayMax: 5,
  /** Confirmations by one third party that may miss before the enterprise opens again. */
  missesMax: 5,
  /** An opening is renewed at least every three years, as a mandate is. */
  openingDaysMax: 1_096,
  /** Items of one enterprise; a city's largest files a few hundred. */
  itemsMax: 5_000,
  /** Items of which the expiry is followed in one transaction. */
  followPageRows: 200,
  /** A filing that is this old and not settled was left by a crash. */
  filingAbandonedMs: 60_000,
  /** Checks of one enterprise a day for which departments are asked: each item once, and not a search through titles. */
  sourceAsksPerDayMax: 10,
  /** How long departments may be asked after the check began. */
  sourceAskMs: 10_000,
  /** Characters of an objection to a breach. */
  objectionCharactersMax: 2_000,
});

/** Bounds of attachments. */
export const ATTACHMENT_LIMITS = Object.freeze({
  /** A scanned audit report of a hundred pages stays below. */
  bytesMax: 10 * 1024 ** 2,
  /** Live attachments of one enterprise. */
  countMax: 500,
  /** Live attachments of one item. */
  perItemMax: 10,
  /** Attachments that one process looks into at once: each may take `bytesMax` and what it expands to. */
  atOnceMax: 2,
  /** Pixels of an image, 40 megapixels: a page at 600 dpi has 35; the thread that rewrites it holds four bytes of each, thrice. */
  pixelsMax: 40_000_000,
  /** Scans of a progressive JPEG: encoders write about ten, and each costs the decoder all pixels once. */
  jpegScansMax: 100,
  /** Rewriting the largest image takes about three seconds of one core; the rest is for a machine that is busy. */
  imageMs: 30_000,
  /** Bytes of what a PDF holds after decompression, and of an image written anew. */
  expandedBytesMax: 128 * 1024 ** 2,
  /** Compressed streams of a PDF that are looked into. */
  pdfStreamsMax: 20_000,
  /** Characters of a name. */
  nameCharactersMax: 120,
  /** Bytes sealed at once. */
  chunkBytes: 256 * 1024,
  /** The city's scanner answers within this. */
  scanMs: 30_000,
  /** Files that nothing refers to are swept when older: no upload takes this long. */
  orphanMs: 3_600_000,
});
