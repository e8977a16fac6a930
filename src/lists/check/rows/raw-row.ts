import type { Contract } from '../../contract/shape.ts';
import { isMaskedKind } from './field-reader.ts';
import type { ColumnPlan } from '../header.ts';
import { readSubjectCode } from '../subject.ts';
import { storableText } from '../values/fold.ts';
import { hideCell, idNumberReader, maskIdRuns, maskPersonal, phoneReader } from '../values/masked.ts';

/** Longest cell and longest row that quarantine keeps; department rows are far shorter, and the file itself is kept too. */
const CELL_CHARACTERS_MAX = 4_000;
const ROW_CHARACTERS_MAX = 64_000;

/** Masks one cell by what its column means. */
type CellMask = (cell: string) => string;

/**
 * Makes the function that turns a row's cells into what quarantine keeps of them: a JSON array, identifiers of natural
 * persons masked. In a row of the wrong width no column can be trusted, so every cell is masked by its looks.
 */
export function rawRowWriter(contract: Contract, plan: ColumnPlan): (cells: readonly string[]) => string {
  const masks = new Map<number, CellMask>();
  for (const [at, field] of contract.fields.entries()) {
    masks.set(plan.fields[at]?.column ?? -1, maskOf(field.kind));
  }
  if (plan.lookup === null) masks.set(plan.subjectCode, maskSubjectCode);
  return (cells) => {
    const areTrusted = cells.length === plan.width;
    return writeCells(
      cells.map((cell, at) => (areTrusted ? (masks.get(at) ?? maskPersonal) : maskPersonal)(cell)),
    );
  };
}

/** What quarantine keeps of a row that never became cells. */
export function writeBrokenText(text: string): string {
  return writeCells([maskPersonal(text)]);
}

/** An excerpt of a cell for a message. */
export function excerpt(cell: string): string {
  const text = maskIdRuns(storableText(cell.slice(0, CELL_CHARACTERS_MAX)).trim());
  return text.length > EXCERPT_CHARACTERS_MAX ? `${text.slice(0, EXCERPT_CHARACTERS_MAX)}…` : text;
}

const EXCERPT_CHARACTERS_MAX = 60;

function maskOf(kind: Contract['fields'][number]['kind']): CellMask {
  if (!isMaskedKind(kind)) return maskIdRuns;
  const reader = kind === 'phone' ? phoneReader() : idNumberReader();
  return (cell) => {
    if (cell.trim() === '') return cell;
    const reading = reader.read(cell.slice(0, CELL_CHARACTERS_MAX));
    return 'defect' in reading ? hideCell(cell) : reading.value || cell;
  };
}

function maskSubjectCode(cell: string): string {
  const { code, flags } = readSubjectCode(cell.slice(0, CELL_CHARACTERS_MAX));
  return flags === 0 || !code.includes('*') ? maskIdRuns(cell) : code;
}

function writeCells(cells: readonly string[]): string {
  let left = ROW_CHARACTERS_MAX;
  const kept: string[] = [];
  for (const cell of cells) {
    const text = storableText(cell).slice(0, Math.min(CELL_CHARACTERS_MAX, left)).toWellFormed();
    kept.push(text);
    left -= text.length;
  }
  return JSON.stringify(kept);
}
