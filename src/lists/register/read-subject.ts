import { normaliseName } from '../check/subject.ts';
import { parseUscc } from '../check/values/uscc.ts';
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
