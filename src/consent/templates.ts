import { GIVE_BACK_TEMPLATE } from './giving/giving-words.ts';
import { isGivingBack } from './giving/is-giving-back.ts';

/** Id and version of the template: another sentence is another version. */
const TEMPLATE = 'credit_information/3';

/** By which a consent for this purpose is worded. */
export function templateOf(purpose: string): string {
  return isGivingBack(purpose) ? GIVE_BACK_TEMPLATE : TEMPLATE;
}
