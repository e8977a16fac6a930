/** Bounds of the node's own duties, with their reasons. */
export const PROCESSING_LIMITS = Object.freeze({
  /** Lines of one page of versions, assessments, incidents and rows behind a figure. */
  pageMax: 100,
  /** One answer, one reason, one paragraph of a notice. */
  wordsCharactersMax: 2_000,
  /** Enterprises that a scope names one by one; more of them are found by contract and span. */
  namedEnterprisesMax: 1_000,
  scopedContractsMax: 200,
  scopedFieldsMax: 500,
  scopedInstitutionsMax: 100,
  /** Steps of one incident that are shown; a timeline beyond it goes on by pages. */
  stepsShownMax: 500,
  /** Enterprises told by one transaction: some hundred milliseconds with their leaves. */
  toldPerStep: 1_000,
  /** Own notices that an enterprise is shown, newest first. */
  ownShownMax: 1_000,
});
