/** Bounds of the laboratory, with their reasons. Units last. */
export const LABORATORY_LIMITS = Object.freeze({
  /** Four bytes a cell and its dictionary stay in memory; a city's enterprises with 40 variables fit. */
  tableCellsMax: 200_000_000,
  /** The exact search takes time with the cube of it, and finer pre-bins hold too few rows to mean anything. */
  prebinsMax: 100,
  /** Above it a card cannot be read by a person. */
  binsMax: 30,
  /** Newton's method doubles its digits in each step; what needs more does not converge. */
  newtonStepsMax: 60,
  /** A coefficient so large says that the data are separated, not that the risk is. */
  coefficientMax: 1e3,
  /** Fits of one cross-validation: an hour of a machine at the most. */
  foldFitsMax: 1_000,
  /** Parts of a card file; the widest card is far below. */
  cardBytesMax: 16 * 1024 ** 2,
});
