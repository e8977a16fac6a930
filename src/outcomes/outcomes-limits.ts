/** Bounds on what is reported, with their reasons. Units last. */
export const OUTCOMES_LIMITS = Object.freeze({
  /** One batch is one transaction that holds the institution's turn; a large bank's month of small loans fits. */
  batchItemsMax: 50_000,
  /** A call; its body is bounded too, and an answer carries a result per item. */
  callItemsMax: 500,
  /** A sheet as it arrives: far above what 50 000 rows need. */
  sheetBytesMax: 64 * 1024 ** 2,
  /** Above any loan, below what JSON numbers hold exactly: 10 000 000 000 000 yuan. */
  amountFenMax: 1_000_000_000_000_000,
  /** 36 %: above it the law protects no interest. */
  annualRateBpMax: 3_600,
  /** 50 years. */
  termMonthsMax: 600,
  /** Lines of one answer. */
  linesMax: 200,
});
