import type { FinancingPurpose } from '#security';

/**
 * Purposes for which fields that are usable but not visible may also enter a model: the enterprise agreed to be
 * evaluated, and the words that it read say so. For every other purpose such fields are compared and nothing else.
 */
const MODEL_PURPOSES: readonly FinancingPurpose[] = ['credit_evaluation'];

export function mayEnterModels(purpose: string): boolean {
  return (MODEL_PURPOSES as readonly string[]).includes(purpose);
}

/** Since this version of its template a consent for post-loan management says that such fields enter the level of alerts. */
const LEVELS_SINCE = 3;

/** Whether they may also enter the level of an alert: the enterprise agreed to be watched, and read that they do. */
export function mayEnterLevels({ purpose, template }: { purpose: string; template: string }): boolean {
  const [, version] = /^credit_information\/([0-9]+)$/.exec(template) ?? [];
  return purpose === 'post_loan_management' && version !== undefined && Number(version) >= LEVELS_SINCE;
}

/** What becomes of such fields, as the enterprise reads it in a consent of this template. */
export function wordsOfUnseen(consent: { purpose: string; template: string }): {
  readonly zh: string;
  readonly en: string;
} {
  if (mayEnterModels(consent.purpose))
    return { zh: '只核对或计入模型评分，不展示', en: 'verified or scored only, never shown' };
  return mayEnterLevels(consent)
    ? {
        zh: '只核对或计入预警等级，不展示',
        en: 'verified or counted into the level of alerts only, never shown',
      }
    : { zh: '只核对真伪、不给看', en: 'verified only, never shown' };
}
