/** Bounds of recalls, with their reasons. */
export const RECALL_LIMITS = Object.freeze({
  /** Recalls of one page. */
  pageMax: 200,
  /** Recalls acknowledged by one call: some hundred milliseconds in one transaction. */
  acknowledgedAtOnceMax: 100,
  noteCharactersMax: 200,
  /** Notices signed before others have their turn: tens of milliseconds with the slower suite. */
  signedPerTurn: 100,
  /** Corrected records of one step after deliveries, each locked until its end. */
  sweptPerStep: 200,
  /** Recalls about one enterprise that it is shown, newest first. */
  ownShownMax: 1_000,
});
