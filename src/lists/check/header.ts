import { LIMITS } from '#kernel';
import type { Contract } from '../contract/shape.ts';
import { checkRefusal } from './check-refusals.ts';
import {
  type Claim,
  claimsOf,
  foldColumnName,
  IGNORED,
  splitUnit,
  SUBJECT_CODE,
  SUBJECT_NAME,
  type Target,
} from './column-names.ts';
import type { Mapping } from './mapping.ts';

/** Where a field's value comes from: a column of the file (-1: none), or one value for every row. */
export type FieldSource = { readonly column: number; readonly constant?: string; readonly unit?: string };

/** How the columns of one file become the values of one contract. */
export type ColumnPlan = {
  /** Cells that each row must have. */
  readonly width: number;
  readonly subjectCode: number;
  readonly subjectName: number;
  /** One entry per field, in contract order. */
  readonly fields: readonly FieldSource[];
  /** Columns of the file that mean nothing here, by name; reported, never guessed at. */
  readonly ignored: readonly string[];
  /** Code column's text → code, from the mapping. */
  readonly lookup: ReadonlyMap<string, string> | null;
  readonly emptyValues: ReadonlySet<string>;
};

/**
 * Decides what each column of a file means, or refuses: `delivery.header_misfit` when rows are wider or narrower than the
 * header, `delivery.header_unknown` when required columns are missing, `delivery.header_ambiguous` when two mean the same.
 * `header` is null for a file without one; then the mapping must name the columns by position.
 */
export function matchHeader(
  contract: Contract,
  header: readonly string[] | null,
  sample: readonly (readonly string[])[],
  mapping: Mapping | undefined,
): ColumnPlan {
  if (mapping !== undefined) requireMappingFits(contract, mapping);
  const byPosition = Array.isArray(mapping?.columns) ? mapping.columns : null;
  if (header === null && byPosition === null) {
    throw checkRefusal('delivery.header_unknown', {
      contract: contract.id,
      missing: '表头',
      seen: '—',
    });
  }
  const names = byPosition?.map((target, at) => header?.[at] ?? target) ?? header ?? [];
  requireFittingWidths(contract, byPosition === null ? names : byPosition, sample);
  const targets =
    byPosition === null
      ? matchNames(contract, names, mapping)
      : matchPositions(contract, byPosition, mapping);
  return planOf(contract, names, targets, mapping);
}

type Assigned = { readonly target: Target; readonly unit?: string };

function planOf(
  contract: Contract,
  names: readonly string[],
  targets: readonly Assigned[],
  mapping: Mapping | undefined,
): ColumnPlan {
  const columnOf = (target: Target): number => targets.findIndex((assigned) => assigned.target === target);
  const constants = mapping?.constants ?? {};
  const fields = contract.fields.map(({ name }) => {
    const column = name === contract.givenBackBy ? -1 : columnOf(name); // which the node says, not the file
    const unit = targets[column]?.unit;
    if (column === -1 && Object.hasOwn(constants, name)) return { column, constant: String(constants[name]) };
    return unit === undefined ? { column } : { column, unit };
  });
  const plan = {
    width: names.length,
    subjectCode: columnOf(SUBJECT_CODE),
    subjectName: columnOf(SUBJECT_NAME),
    fields,
    ignored: names.filter((_, at) => [IGNORED, contract.givenBackBy].includes(targets[at]?.target)),
    lookup: mapping?.subject?.lookup === undefined ? null : new Map(Object.entries(mapping.subject.lookup)),
    emptyValues: new Set(mapping?.emptyValues ?? []),
  };
  requireEnough(contract, plan, names);
  return plan;
}

/** Subject and every required field must come from somewhere. */
function requireEnough(contract: Contract, plan: ColumnPlan, names: readonly string[]): void {
  const missing = contract.fields
    .filter(
      ({ required }, at) =>
        required && plan.fields[at]?.column === -1 && plan.fields[at]?.constant === undefined,
    )
    .map(({ businessName }) => businessName);
  if (plan.subjectCode === -1 && plan.subjectName === -1) missing.unshift('统一社会信用代码或企业名称');
  const isNothingKnown = plan.fields.length > 0 && plan.fields.every(({ column }) => column === -1);
  if (missing.length === 0 && isNothingKnown) missing.push('任何一个字段');
  if (missing.length === 0) return;
  throw checkRefusal('delivery.header_unknown', {
    contract: contract.id,
    missing: missing.join('、'),
    seen: listNames(names),
  });
}

/** The mapping's word first, then the surest claim; each column one target, each target one column. */
function matchNames(contract: Contract, names: readonly string[], mapping: Mapping | undefined): Assigned[] {
  const fixed = fixedTargets(contract, names, mapping);
  const claims = claimsOf(contract);
  const candidates = names.flatMap((name, column) =>
    fixed.has(column) ? [] : claimsFor(contract, claims, name).map((claim) => ({ ...claim, column })),
  );
  candidates.sort((a, b) => a.rank - b.rank || a.column - b.column);
  const byColumn = new Map<number, Assigned>(fixed);
  const taken = new Map<Target, { rank: number; column: number }>();
  for (const [column, { target }] of fixed) if (target !== IGNORED) taken.set(target, { rank: -1, column });
  for (const { target, rank, column, unit } of candidates) {
    const holder = taken.get(target);
    if (byColumn.has(column) || (holder !== undefined && holder.rank < rank)) continue;
    if (holder !== undefined) refuseTwice(contract, target, [names[holder.column], names[column]]);
    byColumn.set(column, unit === undefined ? { target } : { target, unit });
    taken.set(target, { rank, column });
  }
  return names.map((_, column) => byColumn.get(column) ?? { target: IGNORED });
}

/** Claims of the whole name; without any, those of the name before a unit in brackets. */
function claimsFor(
  contract: Contract,
  claims: Map<string, Claim[]>,
  name: string,
): (Claim & { unit?: string })[] {
  const whole = claims.get(foldColumnName(name));
  if (whole !== undefined) return whole;
  const split = splitUnit(name);
  if (split === null) return [];
  return (claims.get(split.name) ?? []).map((claim) => ({
    ...claim,
    ...unitFor(contract, claim.target, split.unit),
  }));
}

const COUNTED: ReadonlySet<string> = new Set(['money', 'decimal', 'integer']);

function unitFor(contract: Contract, target: Target, unit: string): { unit?: string } {
  const kind = contract.fields.find(({ name }) => name === target)?.kind ?? 'text';
  return COUNTED.has(kind) ? { unit } : {};
}

function fixedTargets(
  contract: Contract,
  names: readonly string[],
  mapping: Mapping | undefined,
): Map<number, Assigned> {
  const fixed = new Map<number, Assigned>();
  const columns = mapping?.columns;
  const wanted = columns === undefined || Array.isArray(columns) ? [] : Object.entries(columns);
  const { code, name } = mapping?.subject ?? {};
  const subject = [
    ...(code === undefined ? [] : [[code, SUBJECT_CODE]]),
    ...(name === undefined ? [] : [[name, SUBJECT_NAME]]),
  ];
  for (const [column = '', target = ''] of [...wanted, ...subject]) {
    const at = names.findIndex((seen) => foldColumnName(seen) === foldColumnName(column));
    if (at === -1)
      refuseMapping(
        `文件没有列 ${column}，有的是 ${listNames(names)}`,
        `no column ${column} among ${listNames(names)}`,
      );
    const other = [...fixed].find(
      ([otherAt, assigned]) => assigned.target === target && target !== IGNORED && otherAt !== at,
    );
    if (other !== undefined) refuseTwice(contract, target, [names[other[0]], names[at]]);
    fixed.set(at, { target: targetNamed(contract, target) });
  }
  return fixed;
}

function matchPositions(
  contract: Contract,
  list: readonly string[],
  mapping: Mapping | undefined,
): Assigned[] {
  const targets = list.map((name) => targetNamed(contract, name));
  for (const [at, target] of targets.entries()) {
    const first = targets.indexOf(target);
    if (target !== IGNORED && first !== at) refuseTwice(contract, target, [`${first + 1}`, `${at + 1}`]);
  }
  if (mapping?.subject?.code !== undefined || mapping?.subject?.name !== undefined) {
    refuseMapping(
      'columns 按位置写时，主体也在其中写明',
      'with columns by position the subject is named among them',
    );
  }
  return targets.map((target) => ({ target }));
}

/** A target may be written by English or Chinese name. */
function targetNamed(contract: Contract, name: string): Target {
  if (name === IGNORED || name === SUBJECT_CODE || name === SUBJECT_NAME) return name;
  const field = contract.fields.find((known) => known.name === name || known.businessName === name);
  return field?.name ?? refuseMapping(`数据集没有字段 ${name}`, `no field ${name}`);
}

function requireMappingFits(contract: Contract, mapping: Mapping): void {
  if (mapping.contract !== contract.id)
    refuseMapping(
      `映射文件属于 ${mapping.contract}，交付的是 ${contract.id}`,
      `it is of ${mapping.contract}, delivered is ${contract.id}`,
    );
  for (const name of Object.keys(mapping.constants ?? {})) {
    if (!contract.fields.some((field) => field.name === name))
      refuseMapping(`数据集没有字段 ${name}`, `no field ${name}`);
  }
}

/** Half of the rows or more must be as wide as the header; single rows that are not are defects of those rows. */
function requireFittingWidths(
  contract: Contract,
  names: readonly string[],
  sample: readonly (readonly string[])[],
): void {
  const headerColumns = countColumns(contract, names);
  const fitting = sample.filter((row) => row.length === headerColumns).length;
  if (
    headerColumns <= LIMITS.headerColumnsMax &&
    fitting * 2 >= sample.length &&
    headerColumns === names.length
  )
    return;
  const rowColumns = mostFrequent(sample.map((row) => row.length));
  const rows = sample.filter((row) => row.length === rowColumns).length;
  throw checkRefusal('delivery.header_misfit', {
    headerColumns,
    header: listNames(names),
    sampled: sample.length,
    rows,
    rowColumns,
  });
}

/**
 * A name that holds another separator is several columns run together: a header written with tabs over rows with commas
 * can have as many cells as the rows and still name one column more.
 */
function countColumns(contract: Contract, names: readonly string[]): number {
  const claims = claimsOf(contract);
  const isKnown = (name: string): boolean => claims.has(foldColumnName(name));
  return names.reduce((count, name) => {
    const pieces = name.trim().split(/[\t;|,]/);
    const isRunTogether = name.trim().includes('\t') || (pieces.length > 1 && pieces.every(isKnown));
    return count + (isRunTogether ? pieces.length : 1);
  }, 0);
}

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

const NAMES_SHOWN_MAX = 40;
const NAME_CHARACTERS_SHOWN_MAX = 30;

function listNames(names: readonly string[]): string {
  const shown = names
    .slice(0, NAMES_SHOWN_MAX)
    .map((name) => name.trim().replaceAll('\t', '⇥').slice(0, NAME_CHARACTERS_SHOWN_MAX) || '（空）');
  return shown.join('、') + (names.length > NAMES_SHOWN_MAX ? '…' : '');
}

function refuseTwice(contract: Contract, target: Target, columns: (string | undefined)[]): never {
  const field = contract.fields.find(({ name }) => name === target)?.businessName ?? target;
  throw checkRefusal('delivery.header_ambiguous', {
    field,
    columns: columns.map((name) => name ?? '').join('、'),
  });
}

function refuseMapping(reason: string, reasonEn: string): never {
  throw checkRefusal('delivery.mapping_misfit', { reason, reasonEn });
}
