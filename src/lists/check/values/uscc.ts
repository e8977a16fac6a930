import { condense, isEmptyMeasure } from './fold.ts';
import { isIdCardShaped, maskIdNumber } from './masked.ts';
import { NOTHING, type Reader, type Reading, understood } from './reading.ts';

export type SubjectForm =
  | 'uscc'
  | 'organisation'
  | 'old_registration'
  | 'old_tax'
  | 'id_card_shaped'
  | 'other';

export type Uscc = {
  /** Upper case, half-width, without blanks; already masked when `form` is `id_card_shaped`. */
  readonly code: string;
  readonly form: SubjectForm;
  /** The check characters that this form has are right; false for a form without any known. */
  readonly checksumOk: boolean;
  /** GB 11714 organisation code inside the number, when it can be trusted. */
  readonly organisationCode: string | null;
};

/** GB 32100-2015: no I, O, S, V, Z; such a letter is never "corrected". */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/** Value of a character code in the alphabet, -1 outside it. */
const VALUES = Int8Array.from({ length: 128 }, (_, unit) => ALPHABET.indexOf(String.fromCharCode(unit)));

/** Reads whatever stands where a 统一社会信用代码 is expected. A wrong check character is told, never a reason to drop. */
export function parseUscc(text: string): Uscc {
  const code = condense(text).toUpperCase();
  if (code.length === 18 && hasUsccShape(code)) return parseEighteen(code);
  if (isIdCardShaped(code) && (code.length !== 15 || code.includes('*'))) return idCard(code);
  if (code.length === 15) return parseFifteen(code);
  const organisation = code.replace(/^([0-9A-Z]{8})-([0-9X])$/, '$1$2');
  if (/^[0-9A-Z]{8}[0-9X]$/.test(organisation)) {
    const checksumOk = isOrganisationCode(organisation);
    return { code: organisation, form: 'organisation', checksumOk, organisationCode: organisation };
  }
  // Thirteen digits are registration numbers from before 2007, which had no check digit.
  const form = /^\d{13}$/.test(code) ? 'old_registration' : 'other';
  return { code, form, checksumOk: false, organisationCode: null };
}

/** True for a canonical 18-character code with the right check character; allocates nothing. */
export function isValidUscc(code: string): boolean {
  if (code.length !== 18) return false;
  let sum = 0;
  for (let at = 0; at < 17; at += 1) {
    const value = VALUES[code.charCodeAt(at)] ?? -1;
    if (value < 0) return false;
    sum += value * (WEIGHTS[at] ?? 0);
  }
  return code.charCodeAt(17) === ALPHABET.charCodeAt((31 - (sum % 31)) % 31);
}

/** A code of another enterprise named in a record. Never refused for its check character; that is a warning of the caller. */
export function usccReader(): Reader {
  return { quick: (cell) => (isValidUscc(cell) && !isIdCardShaped(cell) ? cell : undefined), read: readUscc };
}

function readUscc(cell: string): Reading {
  if (isEmptyMeasure(cell.trim())) return NOTHING;
  const { code, form } = parseUscc(cell);
  if (form === 'other') return { defect: 'uscc_unreadable' };
  return form === 'id_card_shaped' ? { value: code, changed: false } : understood(code, cell);
}

function hasUsccShape(code: string): boolean {
  return /^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(code);
}

function parseEighteen(code: string): Uscc {
  const inner = code.slice(8, 17);
  const checksumOk = isValidUscc(code);
  const isInnerOk = isOrganisationCode(inner);
  // One ID number in thirty-one passes the check of GB 32100 by chance; both checks are needed to call it none.
  if (isIdCardShaped(code) && !(checksumOk && isInnerOk)) return idCard(code);
  return { code, form: 'uscc', checksumOk, organisationCode: checksumOk || isInnerOk ? inner : null };
}

/** Fifteen characters: a registration number (own check digit), a tax number (area and organisation code), or an old ID. */
function parseFifteen(code: string): Uscc {
  const inner = code.slice(6);
  if (/^\d{6}[0-9A-Z]{8}[0-9X]$/.test(code) && isOrganisationCode(inner)) {
    return { code, form: 'old_tax', checksumOk: true, organisationCode: inner };
  }
  if (/^\d{15}$/.test(code)) {
    const checksumOk = isRegistrationNumber(code);
    if (!checksumOk && isIdCardShaped(code)) return idCard(code);
    return { code, form: 'old_registration', checksumOk, organisationCode: null };
  }
  const form = /^\d{6}[0-9A-Z]{9}$/.test(code) ? 'old_tax' : 'other';
  return { code, form, checksumOk: false, organisationCode: null };
}

function idCard(code: string): Uscc {
  return { code: maskIdNumber(code), form: 'id_card_shaped', checksumOk: false, organisationCode: null };
}

const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** GB 11714: weights over 0-9A-Z, 11 less the rest modulo 11; 10 is written X, 11 is written 0. */
function isOrganisationCode(code: string): boolean {
  let sum = 0;
  for (const [at, weight] of ORGANISATION_WEIGHTS.entries())
    sum += Number.parseInt(code.charAt(at), 36) * weight;
  return code.charAt(8) === '0123456789X0'.charAt(11 - (sum % 11));
}

/** GS 15-2006: the last of fifteen digits by ISO 7064 MOD 11,10. */
function isRegistrationNumber(code: string): boolean {
  let product = 10;
  for (const digit of code.slice(0, 14)) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (product + Number(code.charAt(14))) % 10 === 1;
}
