import type { Findings } from './findings.ts';
import type { ColumnPlan } from '../header.ts';
import { excerpt } from './raw-row.ts';
import {
  isPlainSubjectCode,
  readSubjectCode,
  readSubjectName,
  SUBJECT_CODE_CHARACTERS_MAX,
  SUBJECT_FLAGS,
  SUBJECT_NAME_CHARACTERS_MAX,
} from '../subject.ts';
import type { Counters } from './tally.ts';
import { textReader } from '../values/text.ts';

/** Reads whose row it is. `code`, `name` and `flags` are those of the row read last; '' where the row has none. */
export class SubjectCheck {
  code = '';
  name = '';
  flags = 0;
  readonly #plan: ColumnPlan;
  readonly #counters: Counters;
  readonly #findings: Findings;
  readonly #names = textReader(SUBJECT_NAME_CHARACTERS_MAX);

  constructor(plan: ColumnPlan, counters: Counters, findings: Findings) {
    this.#plan = plan;
    this.#counters = counters;
    this.#findings = findings;
  }

  read(cells: readonly string[]): void {
    const { subjectCode, subjectName } = this.#plan;
    const codeCell = subjectCode === -1 ? '' : this.#lookedUp(cells[subjectCode] ?? '');
    const nameCell = subjectName === -1 ? '' : (cells[subjectName] ?? '');
    this.flags = 0;
    if (isPlainSubjectCode(codeCell)) {
      this.code = codeCell;
      this.#counters.subjectChecked += 1;
    } else this.#readCode(codeCell);
    this.name = this.#names.quick(nameCell) ?? this.#readName(nameCell);
    if (this.name === '') this.flags |= SUBJECT_FLAGS.nameMissing;
    if (this.code !== '' || this.name !== '' || this.#findings.isBlocked) return;
    this.#counters.subjectMissing += 1;
    this.#findings.add('', 'subject_missing', 'subject.present');
  }

  #lookedUp(cell: string): string {
    const { lookup, emptyValues } = this.#plan;
    if (emptyValues.size > 0 && emptyValues.has(cell.trim())) return '';
    if (lookup === null || cell === '') return cell;
    const code = lookup.get(cell.trim());
    if (code !== undefined) return code;
    this.#counters.subjectNotListed += 1;
    this.#findings.add('subject_code', 'subject_not_listed', 'subject.listed', { value: excerpt(cell) });
    return '';
  }

  #readCode(cell: string): void {
    const isTooLong = cell.length > SUBJECT_CODE_CHARACTERS_MAX;
    const { code, flags } = readSubjectCode(isTooLong ? '' : cell);
    this.code = code;
    this.flags = flags;
    if (isTooLong) {
      this.#counters.subjectUnreadable += 1;
      this.#findings.add('subject_code', 'subject_code_too_long', 'subject.readable', {
        max: SUBJECT_CODE_CHARACTERS_MAX,
      });
    } else if ((flags & SUBJECT_FLAGS.idCardShaped) !== 0) {
      this.#counters.subjectIdCard += 1;
      this.#findings.add('subject_code', 'subject_id_card_shaped', 'subject.id_card_shaped');
    } else if (code !== '') {
      this.#countCode(code, flags);
      if (code !== cell.trim()) this.#findings.keepOriginal('subject_code', cell);
    }
  }

  #countCode(code: string, flags: number): void {
    if ((flags & (SUBJECT_FLAGS.oldNumber | SUBJECT_FLAGS.otherForm)) === 0)
      this.#counters.subjectChecked += 1;
    if ((flags & SUBJECT_FLAGS.checksumMismatch) === 0) return;
    this.#counters.subjectChecksum += 1;
    this.#findings.add('subject_code', 'subject_checksum', 'subject.checksum', { value: code });
  }

  #readName(cell: string): string {
    const name = readSubjectName(cell);
    if (name.length > SUBJECT_NAME_CHARACTERS_MAX) {
      this.#counters.subjectUnreadable += 1;
      this.#findings.add('subject_name', 'subject_name_too_long', 'subject.readable', {
        max: SUBJECT_NAME_CHARACTERS_MAX,
      });
      return '';
    }
    if (name !== '' && name !== cell.trim()) this.#findings.keepOriginal('subject_name', cell);
    return name;
  }
}
