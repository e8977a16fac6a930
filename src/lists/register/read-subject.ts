import { normaliseName } from '../check/subject.ts';
import { parseUscc } from '../check/values/uscc.ts';
import { listsRefusal } from '../lists-refusals.ts';
import type { Subject } from './decide-subject.ts';

/** Parses a subject as files and people write it; an empty code is form `none`, a masked number matches nothing. */
export function readSubject(code: string, name: string): Subject {
  const nameKey = normaliseName(name);
  if (code.trim() === '') {
    return { code: '', name, nameKey, form: 'none', checksumOk: false, organisationCode: null };
  }
  const parsed = parseUscc(code);
  const form = parsed.code.includes('*') ? 'id_card_shaped' : parsed.form;
  return {
    code: parsed.code,
    name,
    nameKey,
    form,
    checksumOk: parsed.checksumOk,
    organisationCode: parsed.organisationCode,
  };
}

/**
 * People and files write a code in another case or width and mean the same enterprise; a program that does so has mixed
 * something up, and what it stores under that code nobody finds again. Throws `register.code_form`; what is no code in
 * any form is for others to refuse.
 */
export function requireExactCode(code: string): void {
  const { form, code: registered } = parseUscc(code);
  if (form !== 'other' && form !== 'id_card_shaped' && registered !== code)
    throw listsRefusal('register.code_form');
}
