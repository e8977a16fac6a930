import type { ComplaintContext } from './complaint-context.ts';
import { complaintRefusal } from './definition/complaint-refusals.ts';

/** Throws `complaints.words_missing`. */
export function requireWords(
  { complaintRules: { bounds } }: Pick<ComplaintContext, 'complaintRules'>,
  words: string | undefined,
): string {
  const text = words?.trim() ?? '';
  const { textCharactersMax: charactersMax } = bounds;
  if (text === '' || [...text].length > charactersMax)
    throw complaintRefusal('complaints.words_missing', { charactersMax });
  return text;
}
