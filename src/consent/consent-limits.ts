/** Bounds of what is asked for and kept, with their reasons. */
export const CONSENT_LIMITS = Object.freeze({
  /** Somebody is at the counter or on the phone; a link that nobody opened in a day is asked for anew. */
  answerWithinMs: 24 * 3_600_000,
  /** The second person looks at the paper within the week, or the enterprise signs again. */
  confirmWithinMs: 7 * 24 * 3_600_000,
  /** Datasets of one consent: more than the widest report of an institution asks for. */
  contractsMax: 60,
  /** Platforms of one consent; a city has a handful. */
  platformsMax: 20,
  /** What a person reads before they agree. */
  wordLinesMax: 6,
  wordCharactersMax: 60,
  /** A colour scan of a few pages at 200 dpi stays below. */
  scanBytesMax: 10 * 1024 ** 2,
  /** Consents of one enterprise shown at once, newest first. */
  listedMax: 200,
  /** Consents that one settlement writes down in one transaction. */
  settleBatchMax: 500,
});
