import type { FinancingPurpose } from '#security';

/**
 * Purposes for which fields that are usable but not visible may also enter a model: the enterprise agreed to be
 * evaluated, and the words that it read say so. For every other purpose such fields are compared and nothing else.
 */
const MODEL_PURPOSES: readonly FinancingPurpose[] = ['credit_evaluation'];

export function mayEnterModels(purpose: string): boolean {
  return (MODEL_PURPOSES as readonly string[]).includes(purpose);
}

/** What becomes of such fields, as an enterprise reads it. */
export function wordsOfUnseen(purpose: string): { readonly zh: string; readonly en: string } {
  return mayEnterModels(purpose)
    ? { zh: '只核对或计入模型评分，不展示', en: 'verified or scored only, never shown' }
    : { zh: '只核对真伪、不给看', en: 'verified only, never shown' };
}
