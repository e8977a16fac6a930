import { condense, isEmptyMeasure } from './values/fold.ts';
import { isIdCardShaped } from './values/masked.ts';
import { cleanText } from './values/text.ts';
import { isValidUscc, parseUscc, type Uscc } from './values/uscc.ts';

/** What is worth knowing of a row's subject; bits of `subject_flags`. */
export const SUBJECT_FLAGS = Object.freeze({
  /** A number with a check character that does not fit. */
  checksumMismatch: 1,
  /** Had the shape of an identity number and is masked: never a key to match by. */
  idCardShaped: 2,
  codeMissing: 4,
  nameMissing: 8,
  organisationCode: 16,
  /** Registration or tax number from before 2015. */
  oldNumber: 32,
  /** None of the known forms. */
  otherForm: 64,
});

export const SUBJECT_CODE_CHARACTERS_MAX = 64;
export const SUBJECT_NAME_CHARACTERS_MAX = 300;

/** Flags of a code that is not a plain valid 统一社会信用代码. */
function flagsOf({ form, checksumOk }: Uscc): number {
  switch (form) {
    case 'uscc':
      return checksumOk ? 0 : SUBJECT_FLAGS.checksumMismatch;
    case 'organisation':
      return SUBJECT_FLAGS.organisationCode | (checksumOk ? 0 : SUBJECT_FLAGS.checksumMismatch);
    case 'old_registration':
    case 'old_tax':
      return SUBJECT_FLAGS.oldNumber;
    case 'id_card_shaped':
      return SUBJECT_FLAGS.idCardShaped;
    case 'other':
      return SUBJECT_FLAGS.otherForm;
  }
}

/** True for a cell that is a right code as it stands; the ordinary case, without allocation. */
export function isPlainSubjectCode(cell: string): boolean {
  // Identity numbers begin with a province; of these 31, 51 and the like also begin codes of social organisations.
  return isValidUscc(cell) && (cell.charCodeAt(0) === 57 || !isIdCardShaped(cell));
}

/** Code, masked and flagged where needed; '' when the cell says that there is none. */
export function readSubjectCode(cell: string): { code: string; flags: number } {
  if (isEmptyMeasure(condense(cell))) return { code: '', flags: SUBJECT_FLAGS.codeMissing };
  const parsed = parseUscc(cell);
  return { code: parsed.code, flags: flagsOf(parsed) };
}

/** Name as it is shown; '' when the cell says that there is none. */
export function readSubjectName(cell: string): string {
  const name = cleanText(cell);
  return isEmptyMeasure(name) ? '' : name;
}

/**
 * The key under which names are compared: half-width brackets and signs, upper-case Latin letters, no blanks.
 * The name itself is kept as delivered for people to read.
 */
export function normaliseName(name: string): string {
  return condense(name)
    .replace(/[〔［【﹝]/g, '(')
    .replace(/[〕］】﹞]/g, ')')
    .replace(/[·•‧・]/g, '·')
    .toUpperCase();
}
