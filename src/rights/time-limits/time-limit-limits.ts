/** Bounds of time limits, with their reasons. */
export const TIME_LIMIT_LIMITS = Object.freeze({
  /** Enterprises whose terms one step of a switch reckons again: some thousand terms, well below a second. */
  enterprisesPerStep: 500,
  /** Terms that one transaction of the hourly job looks at. */
  followedPerStep: 1_000,
  /** Breaches that a switch lists; the count says how many there are. */
  breachesShownMax: 1_000,
  /** Lines of one page of the overdue list. */
  overduePageMax: 200,
  noticesShownMax: 200,
});
