import type { Enterprise } from '../city/shape.ts';
import { formerNameOn } from '../city/state.ts';
import { withWrongCheck } from '../model/identifiers.ts';
import type { Day } from '../model/days.ts';
import { pick, pickWeighted, type Rng } from '../model/random.ts';
import { identityNumber } from '../complete/texts.ts';
import type { Dataset } from './datasets.ts';

/** What the node should make of a row: accept it, hold it for a person, quarantine it, or count it as sent twice. */
export type Expected = 'accepted' | 'held' | 'quarantined' | 'duplicate';

const DEFECT_KINDS = [
  { kind: 'full_width_digits', share: 16, expected: 'accepted' },
  { kind: 'name_variant', share: 14, expected: 'accepted' },
  { kind: 'former_name', share: 8, expected: 'accepted' },
  { kind: 'organisation_code_only', share: 6, expected: 'accepted' },
  { kind: 'old_registration_number', share: 8, expected: 'accepted' },
  { kind: 'wrong_check_character', share: 10, expected: 'held' },
  { kind: 'identity_number_as_code', share: 2, expected: 'held' },
  { kind: 'impossible_date', share: 10, expected: 'quarantined' },
  { kind: 'unknown_code_value', share: 9, expected: 'quarantined' },
  { kind: 'missing_required', share: 8, expected: 'quarantined' },
  { kind: 'stray_separator', share: 5, expected: 'quarantined' },
  { kind: 'conflicting_duplicate', share: 4, expected: 'quarantined' },
  { kind: 'duplicate_row', share: 10, expected: 'duplicate' },
] as const satisfies readonly { kind: string; share: number; expected: Expected }[];

type DefectKind = (typeof DEFECT_KINDS)[number]['kind'];

/** A row as it is written, with what is wrong in it. `field` is the header of the column; empty for the whole row. */
export type PlantedRow = {
  readonly cells: readonly string[];
  readonly defect?: { readonly kind: DefectKind; readonly field: string; readonly expected: Expected };
};

export type Planting = {
  readonly dataset: Dataset;
  readonly enterprise: Enterprise;
  readonly asOf: Day;
  readonly rng: Rng;
  /** False while the register may not know the enterprise by a clean row of the registration dataset. */
  readonly isRegistered: boolean;
  /** Whether one more rejected row still leaves the file within its contract's rejected share. */
  readonly mayReject: boolean;
  readonly isFirst: boolean;
};

/** Spoils one clean row in one way that can happen to it; undefined when the chosen way does not fit the row. */
export function plantDefect(cells: readonly string[], planting: Planting): PlantedRow[] | undefined {
  const { kind, expected } = pickWeighted(planting.rng, DEFECT_KINDS, ({ share }) => share);
  if (!isAllowed(kind, expected, planting)) return undefined;
  return spoil(cells, kind, planting);
}

/** The registering dataset decides names and codes, so that only slips with a known outcome are planted there. */
function isAllowed(
  kind: DefectKind,
  expected: Expected,
  { dataset, isRegistered, mayReject, isFirst }: Planting,
): boolean {
  if (expected === 'quarantined' && !mayReject) return false;
  if (kind === 'old_registration_number' || kind === 'organisation_code_only') {
    return isRegistered && dataset.contract.registers !== true;
  }
  if (dataset.contract.registers !== true) return true;
  return kind !== 'former_name' && (expected === 'accepted' || isFirst);
}

function spoil(cells: readonly string[], kind: DefectKind, planting: Planting): PlantedRow[] | undefined {
  switch (kind) {
    case 'full_width_digits':
      return change(cells, kind, {
        planting,
        columns: columnsOf(planting.dataset, ['date']),
        to: toFullWidth,
      });
    case 'name_variant':
      return change(cells, kind, { planting, columns: [1], to: nameVariant });
    case 'former_name':
      return change(cells, kind, {
        planting,
        columns: [1],
        to: () => formerNameOn(planting.enterprise, planting.asOf),
      });
    case 'organisation_code_only':
      return change(cells, kind, { planting, columns: [0], to: () => planting.enterprise.organisationCode });
    case 'old_registration_number':
      return change(cells, kind, {
        planting,
        columns: [0],
        to: () => planting.enterprise.registrationNumber,
      });
    case 'wrong_check_character':
      return change(cells, kind, { planting, columns: [0], to: withWrongCheck });
    case 'identity_number_as_code':
      return change(cells, kind, { planting, columns: [0], to: () => identityNumber(planting.rng) });
    case 'impossible_date':
      return change(cells, kind, {
        planting,
        columns: columnsOf(planting.dataset, ['date']),
        to: () => '2025-02-30',
      });
    case 'unknown_code_value':
      return change(cells, kind, {
        planting,
        columns: columnsOf(planting.dataset, ['code']),
        to: () => '未知类别（合成）',
      });
    case 'missing_required':
      return change(cells, kind, { planting, columns: requiredColumns(planting.dataset), to: () => '' });
    case 'stray_separator':
      return straySeparator(cells, planting);
    case 'conflicting_duplicate':
      return conflictingDuplicate(cells, planting);
    case 'duplicate_row':
      return [{ cells }, { cells, defect: { kind, field: '', expected: 'duplicate' } }];
  }
}

const SUBJECT_COLUMNS = 2;

function columnsOf({ contract }: Dataset, kinds: readonly string[]): number[] {
  return contract.fields.flatMap(({ kind }, at) => (kinds.includes(kind) ? [at + SUBJECT_COLUMNS] : []));
}

function requiredColumns({ contract }: Dataset): number[] {
  return contract.fields.flatMap(({ required }, at) => (required ? [at + SUBJECT_COLUMNS] : []));
}

/** Replaces one filled cell; undefined when there is none or nothing would change. */
function change(
  cells: readonly string[],
  kind: DefectKind,
  { planting, columns, to }: { planting: Planting; columns: readonly number[]; to: (cell: string) => string },
): PlantedRow[] | undefined {
  const filled = columns.filter((at) => cells[at] !== '' && cells[at] !== undefined);
  if (filled.length === 0) return undefined;
  const column = pick(planting.rng, filled);
  const before = cells[column] ?? '';
  const after = to(before);
  if (after === before || (after === '' && kind === 'former_name')) return undefined;
  const expected = DEFECT_KINDS.find((each) => each.kind === kind)?.expected ?? 'accepted';
  const field = planting.dataset.header[column] ?? '';
  return [{ cells: cells.with(column, after), defect: { kind, field, expected } }];
}

function toFullWidth(text: string): string {
  return text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));
}

/** Other brackets, or blanks between the parts of the name. */
function nameVariant(name: string): string {
  return name.includes('（')
    ? name.replace('（', '(').replace('）', ')')
    : ` ${name.slice(0, 2)} ${name.slice(2)}`;
}

/** A separator that nobody quoted moves everything after it by one column. */
function straySeparator(cells: readonly string[], { dataset }: Planting): PlantedRow[] | undefined {
  const { layout } = dataset.dialect;
  if (layout !== 'csv' && layout !== 'tsv') return undefined;
  const name = cells[1] ?? '';
  const spoiled = [...cells.slice(0, 1), name.slice(0, 4), name.slice(4), ...cells.slice(2)];
  return [
    {
      cells: spoiled,
      defect: { kind: 'stray_separator', field: dataset.header[1] ?? '', expected: 'quarantined' },
    },
  ];
}

/** The same key twice with different content: nobody can say which is right, so both wait in quarantine. */
function conflictingDuplicate(
  cells: readonly string[],
  { dataset, rng }: Planting,
): PlantedRow[] | undefined {
  const { contract, header } = dataset;
  const free = contract.fields.flatMap(({ kind, name, pattern, maxLength = 0 }, at) => {
    const column = at + SUBJECT_COLUMNS;
    const isOpen =
      kind === 'text' &&
      pattern === undefined &&
      !contract.naturalKey.includes(name) &&
      !hasPattern(contract, name);
    const length = (cells[column] ?? '').length;
    return isOpen && length > 0 && length + 8 < maxLength ? [column] : [];
  });
  if (free.length === 0) return undefined;
  const column = pick(rng, free);
  const other = cells.with(column, `${cells[column] ?? ''}（更正）`);
  const defect = {
    kind: 'conflicting_duplicate',
    field: header[column] ?? '',
    expected: 'quarantined',
  } as const;
  return [
    { cells, defect },
    { cells: other, defect },
  ];
}

function hasPattern(contract: Dataset['contract'], name: string): boolean {
  return contract.rules.some((rule) => rule.rule === 'pattern' && rule.field === name);
}
