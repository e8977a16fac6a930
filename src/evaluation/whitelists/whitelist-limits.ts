/** Bounds of whitelists, each with its reason. */
export const WHITELIST_LIMITS = Object.freeze({
  /** Lines of one answer of the changes feed. */
  changesMax: 500,
  /** A back-test computes the population twice for each date. */
  backTestDatesMax: 24,
  /** Disclosures and states written by one statement. */
  rowsPerStatement: 1_000,
  /** A reason is read by people. */
  reasonCharactersMax: 200,
});
