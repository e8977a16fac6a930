import { type EnterpriseId, toEnterpriseId } from '#kernel';

/** Bounds of what natural persons ask, with their reasons. */
export const PERSONS_LIMITS = Object.freeze({
  /** Rows that are looked through at once: their names are in memory for so long. */
  sweepPageRows: 5_000,
  /** Records in which one person is shown; who runs more enterprises asks at the window. */
  recordsMax: 500,
  /** Records of one dataset of one enterprise among which a person's are looked for. */
  recordsPerDatasetMax: 10_000,
  /** Rows of one page of a list. */
  pageRows: 100,
  /** Accesses shown, the latest first. */
  accessesMax: 2_000,
  /** Requests followed in one step. */
  followPageRows: 200,
});

/**
 * Terms of a person's request lie with this number, which the register never reaches: they are no enterprise's, and none sees
 * them among its own.
 */
export const NO_ENTERPRISE: EnterpriseId = toEnterpriseId('9223372036854775807');
