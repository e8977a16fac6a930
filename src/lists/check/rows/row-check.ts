import { ruleFields } from '../../contract/from-odcs.ts';
import type { Contract, Field } from '../../contract/shape.ts';
import type { BrokenRow } from '../../files/open-rows.ts';
import { checkRefusal } from '../check-refusals.ts';
import { hasCurrency } from '../columns.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { type DefectCode, DEFECTS, defectSentence } from '../defects.ts';
import {
  type CodeTables,
  type Guard,
  guardOf,
  isMaskedKind,
  MEASURE_CHARACTERS_MAX,
  readerOf,
} from './field-reader.ts';
import { Findings } from './findings.ts';
import type { ColumnPlan, FieldSource } from '../header.ts';
import { excerpt, rawRowWriter, writeBrokenText } from './raw-row.ts';
import { BROKEN, compileRule, NOT_APPLICABLE, type RowTest } from './rules.ts';
import { SubjectCheck } from './subject-check.ts';
import { Counters, type Tally } from './tally.ts';
import type { Reader } from '../values/reading.ts';

/** A buffer is sent at this size: large enough that sending costs nothing, small enough that four in flight are no weight. */
export const BUFFER_BYTES = 256 * 1024;
/** Room for the row that fills a buffer; longer rows make it grow. */
const BUFFER_SPARE_BYTES = 32 * 1024;

/**
 * Makes the check of a file's rows: cells in, one COPY line out, either of an accepted row or of its defects.
 * `today` is the Beijing date of the delivery. Refuses with `delivery.mapping_misfit` when a constant cannot be read.
 */
export function compileRowCheck(
  contract: Contract,
  codeTables: CodeTables,
  plan: ColumnPlan,
  today: string,
): RowCheck {
  const fields = contract.fields.map((field, at) =>
    compileField(field, plan.fields[at] ?? { column: -1 }, codeTables),
  );
  const rules = contract.rules.map((rule) => ({
    rule,
    test: compileRule(rule, contract, today),
    reads: ruleFields(rule).map((name) => contract.fields.findIndex((field) => field.name === name)),
  }));
  return new RowCheck({ contract, plan, today, fields, rules });
}

type CompiledField = {
  readonly name: string;
  readonly businessName: string;
  readonly required: boolean;
  readonly masked: boolean;
  readonly withCurrency: boolean;
  readonly maxLength: number;
  readonly column: number;
  readonly constant: { readonly value: string; readonly currency: string };
  readonly reader: Reader;
  readonly guard: Guard | null;
};

type CompiledRule = {
  readonly rule: Contract['rules'][number];
  readonly test: RowTest;
  readonly reads: readonly number[];
};

type Compiled = {
  readonly contract: Contract;
  readonly plan: ColumnPlan;
  readonly today: string;
  readonly fields: readonly CompiledField[];
  readonly rules: readonly CompiledRule[];
};

function compileField(field: Field, source: FieldSource, codeTables: CodeTables): CompiledField {
  const reader = readerOf(field, codeTables, source.unit);
  return {
    name: field.name,
    businessName: field.businessName,
    required: field.required,
    masked: isMaskedKind(field.kind),
    withCurrency: hasCurrency(field),
    maxLength: field.maxLength ?? MEASURE_CHARACTERS_MAX,
    column: source.column,
    constant: readConstant(field, source, reader),
    reader,
    guard: guardOf(field),
  };
}

function readConstant(field: Field, source: FieldSource, reader: Reader): CompiledField['constant'] {
  const text = source.constant ?? '';
  const reading = reader.read(text);
  if ('defect' in reading) {
    const shown = {
      field: field.businessName,
      value: excerpt(text),
      max: field.maxLength ?? MEASURE_CHARACTERS_MAX,
    };
    const { zh, en } = defectSentence(reading.defect, shown);
    throw checkRefusal('delivery.mapping_misfit', { reason: zh, reasonEn: en });
  }
  return { value: reading.value, currency: reading.currency ?? 'CNY' };
}

/** Checks rows one after another. Owns its buffers and counters; what belongs to one row is reused for the next. */
export class RowCheck {
  readonly rows = new CopyBuffer(BUFFER_BYTES + BUFFER_SPARE_BYTES);
  readonly defects = new CopyBuffer(BUFFER_BYTES + BUFFER_SPARE_BYTES);
  readonly #compiled: Compiled;
  readonly #counters: Counters;
  readonly #subject: SubjectCheck;
  readonly #businessTime: number;
  readonly #writeRaw: (cells: readonly string[]) => string;
  readonly #findings = new Findings();
  /** Values of the row at hand and currencies of its amounts, in contract order. */
  readonly #row: { values: string[]; currencies: string[] };
  /** Fields of the row at hand whose cell could not be read. */
  #unreadable: number[] = [];

  constructor(compiled: Compiled) {
    const { contract, plan, today, fields } = compiled;
    this.#compiled = compiled;
    this.#counters = new Counters(contract, today);
    this.#subject = new SubjectCheck(plan, this.#counters, this.#findings);
    this.#businessTime = contract.fields.findIndex(({ name }) => name === contract.businessTime);
    this.#writeRaw = rawRowWriter(contract, plan);
    this.#row = { values: fields.map(() => ''), currencies: fields.map(() => 'CNY') };
  }

  /** Checks one row and appends its line to `rows` (true) or its defects to `defects` (false); warnings go there too. */
  check(cells: readonly string[], rowNo: number): boolean {
    this.#begin();
    const { width } = this.#compiled.plan;
    if (cells.length === width) this.#readRow(cells);
    else this.#refuseWidth(cells.length, width);
    const { isBlocked, isEmpty } = this.#findings;
    if (!isEmpty) this.#findings.write(this.defects, rowNo, isBlocked ? this.#writeRaw(cells) : '');
    if (isBlocked) return false;
    this.#accept(rowNo);
    return true;
  }

  /** Counts a row that never became cells and keeps what there is of it. */
  refuse(broken: BrokenRow): void {
    this.#begin();
    this.#counters.broken += 1;
    this.#findings.add('', broken.code, 'row.readable');
    this.#findings.write(this.defects, broken.rowNo, writeBrokenText(broken.text));
  }

  /** Rows looked at so far. */
  get checked(): number {
    return this.#counters.rows;
  }

  /** Of those, the rows not accepted. */
  get quarantined(): number {
    return this.#counters.rows - this.#counters.accepted;
  }

  tally(): Tally {
    return this.#counters.result();
  }

  #begin(): void {
    this.#counters.rows += 1;
    this.#findings.begin();
    if (this.#unreadable.length > 0) this.#unreadable = [];
  }

  #refuseWidth(found: number, wanted: number): void {
    this.#counters.widthDiffers += 1;
    this.#findings.add('', 'width_differs', 'row.width', { found, wanted });
  }

  #readRow(cells: readonly string[]): void {
    this.#subject.read(cells);
    const { fields, rules } = this.#compiled;
    const { values } = this.#row;
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at] as CompiledField;
      const value =
        field.column === -1
          ? this.#takeConstant(field, at)
          : this.#readCell(field, at, cells[field.column] ?? '');
      values[at] = value;
      if (value === '') {
        if (field.required) this.#requireValue(field, at);
      } else {
        this.#counters.seen[at]! += 1;
        if (field.guard !== null) this.#guard(field, at, value);
      }
    }
    for (let at = 0; at < rules.length; at += 1) this.#applyRule(rules[at] as CompiledRule, at);
  }

  #takeConstant({ constant }: CompiledField, at: number): string {
    this.#row.currencies[at] = constant.currency;
    return constant.value;
  }

  #readCell(field: CompiledField, at: number, cell: string): string {
    if (cell === '') return '';
    const { emptyValues } = this.#compiled.plan;
    if (emptyValues.size > 0 && emptyValues.has(cell.trim())) return '';
    if (field.withCurrency) this.#row.currencies[at] = 'CNY';
    return field.reader.quick(cell) ?? this.#read(field, at, cell);
  }

  /** The spelling needs thought: keeps what the fold changed, and what could not be read as a defect. */
  #read(field: CompiledField, at: number, cell: string): string {
    const reading = field.reader.read(cell);
    if ('defect' in reading) {
      this.#counters.seen[at]! += 1;
      this.#addUnreadable(field, at, reading.defect, cell);
      return '';
    }
    if (reading.currency !== undefined) this.#row.currencies[at] = reading.currency;
    if (reading.changed && !field.masked) this.#findings.keepOriginal(field.name, cell);
    return reading.value;
  }

  /** A cell that could not be read is not missing: it has its own defect. */
  #requireValue({ name, businessName }: CompiledField, at: number): void {
    if (this.#unreadable.includes(at)) return;
    this.#counters.missing[at]! += 1;
    this.#findings.add(name, 'required_missing', `required.${name}`, { field: businessName });
  }

  #guard(field: CompiledField, at: number, value: string): void {
    const defect = field.guard?.(value, this.#row.currencies[at] ?? 'CNY') ?? null;
    if (defect === null) return;
    if (DEFECTS[defect].severity === 'block') return this.#addUnreadable(field, at, defect, value);
    this.#counters.warnedFields[at]! += 1;
    const params = { field: field.businessName, value: excerpt(value) };
    this.#findings.add(field.name, defect, `checksum.${field.name}`, params);
  }

  #addUnreadable(field: CompiledField, at: number, code: DefectCode, text: string): void {
    this.#counters.unreadable[at]! += 1;
    this.#unreadable.push(at);
    const shown = field.masked ? {} : { value: excerpt(text) };
    const max = code === 'text_too_long' ? { max: field.maxLength } : {};
    this.#findings.add(field.name, code, `format.${field.name}`, {
      field: field.businessName,
      ...shown,
      ...max,
    });
  }

  /** A rule over a cell that could not be read says nothing. */
  #applyRule({ rule, test, reads }: CompiledRule, at: number): void {
    if (this.#unreadable.length > 0 && reads.some((field) => this.#unreadable.includes(field))) return;
    const outcome = test(this.#row);
    if (outcome === NOT_APPLICABLE) return;
    this.#counters.ruleChecked[at]! += 1;
    if (outcome !== BROKEN) return;
    this.#counters.ruleFailed[at]! += 1;
    this.#findings.addRule(this.#compiled.fields[reads[0] ?? -1]?.name ?? '', rule);
  }

  #accept(rowNo: number): void {
    const { rows } = this;
    const { values, currencies } = this.#row;
    const { fields } = this.#compiled;
    const { filled } = this.#counters;
    rows.firstNumber(rowNo);
    rows.textColumn(this.#subject.code);
    rows.textColumn(this.#subject.name);
    rows.column(String(this.#subject.flags));
    for (let at = 0; at < fields.length; at += 1) {
      const value = values[at] ?? '';
      if (value !== '') filled[at]! += 1;
      rows.column(value);
      if ((fields[at] as CompiledField).withCurrency) rows.column(value === '' ? '' : (currencies[at] ?? ''));
    }
    rows.column(this.#findings.originalJson());
    rows.endLine();
    this.#counters.accepted += 1;
    if (!this.#findings.isEmpty) this.#counters.warned += 1;
    if (this.#businessTime !== -1) this.#counters.countTime(values[this.#businessTime] ?? '');
  }
}
